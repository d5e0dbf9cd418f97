#include "studies/record.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/version.h"
#include "models/backbones/embedded.h"
#include "report/results.h"

static void add_settings(cJSON *object, const SnSettings *settings) {
  cJSON *all = sn_json_add_object(object, "settings");
  const SnSetting *setting;
  for (int i = 0; all && (setting = sn_setting_at(settings->method, i)); i++)
    if (setting->group != SN_GROUP_SEED) sn_json_add_setting(all, setting, settings); /* there is a list of seeds */
}

static void add_variants(cJSON *object, const SnStudy *study) {
  cJSON *variants = sn_json_add_array(object, "variants");
  for (int64_t v = 0; variants && v < study->variant_count; v++) {
    const SnVariant *variant = &study->variants[v];
    cJSON *item = sn_json_add_object(variants, NULL);
    sn_json_add_text(item, "name", variant->name);
    sn_json_add_text(item, "label", variant->label);
    sn_json_add_text(item, "method", variant->settings.method->name);
    if (sn_variant_has_backbone(variant)) {
      sn_json_add_text(item, "backbone", variant->settings.features.backbone);
      sn_json_add_text(item, "weights", variant->weights ? variant->weights : SN_EMBEDDED_SOURCE);
      sn_json_add_text(item, "weights_sha256", study->sha256[v]);
    }
    add_settings(item, &variant->settings);
  }
}

static void add_categories(cJSON *object, const SnStudy *study) {
  cJSON *categories = sn_json_add_array(object, "categories");
  for (int64_t c = 0; categories && c < study->category_count; c++) {
    const SnStudyCategory *category = &study->categories[c];
    cJSON *item = sn_json_add_object(categories, NULL);
    sn_json_add_text(item, "name", category->name);
    sn_json_add_number(item, "train_images", (double)category->train_images);
    sn_json_add_number(item, "test_images", (double)category->test_images);
    sn_json_add_bool(item, "as_many_as_in_mvtec_ad", category->is_mvtecs);
  }
}

bool sn_write_study_record(const char *path, const SnStudy *study) {
  if (!sn_ok()) return false;
  cJSON *object = sn_json_new();
  sn_json_add_text(object, "study", study->name);
  sn_json_add_text(object, "program", "simplenet " SN_VERSION);
  sn_json_add_text(object, "command", study->command);
  sn_json_add_text(object, "device", study->device);
  sn_json_add_text(object, "data", study->data);
  sn_json_add_number(object, "test_every_epochs", (double)study->eval_every);
  cJSON *seeds = sn_json_add_array(object, "seeds");
  for (int64_t s = 0; seeds && s < study->seed_count; s++) sn_json_add_number(seeds, NULL, (double)study->seeds[s]);
  sn_json_add_number(object, "categories_at_a_time", study->jobs);
  sn_json_add_number(object, "threads_each", study->threads);
  sn_json_add_number(object, "seconds", study->seconds);
  add_categories(object, study);
  add_variants(object, study);
  return sn_json_write(path, object);
}
