#include "report/study_record.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/version.h"
#include "models/backbones/embedded.h"

static void add_settings(cJSON *object, const SnSimpleNetSettings *settings) {
  cJSON *all = cJSON_AddObjectToObject(object, "settings");
  for (int i = 0; all && i < sn_setting_count; i++) {
    char text[SN_SETTING_TEXT];
    if (sn_settings[i].offset == offsetof(SnSimpleNetSettings, seed)) continue; /* there is a list of them */
    sn_setting_print(&sn_settings[i], settings, text);
    if (sn_settings[i].kind == SN_SETTING_INTEGER || sn_settings[i].kind == SN_SETTING_REAL)
      cJSON_AddRawToObject(all, sn_settings[i].name, text);
    else
      cJSON_AddStringToObject(all, sn_settings[i].name, text);
  }
}

static void add_variants(cJSON *object, const SnStudy *study) {
  cJSON *variants = cJSON_AddArrayToObject(object, "variants");
  for (int64_t v = 0; variants && v < study->variant_count; v++) {
    const SnVariant *variant = &study->variants[v];
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", variant->name);
    cJSON_AddStringToObject(item, "label", variant->label);
    cJSON_AddStringToObject(item, "backbone", variant->settings.backbone);
    cJSON_AddStringToObject(item, "weights", variant->weights ? variant->weights : SN_EMBEDDED_SOURCE);
    cJSON_AddStringToObject(item, "weights_sha256", study->sha256[v]);
    add_settings(item, &variant->settings);
    cJSON_AddItemToArray(variants, item);
  }
}

static void add_categories(cJSON *object, const SnStudy *study) {
  cJSON *categories = cJSON_AddArrayToObject(object, "categories");
  for (int64_t c = 0; categories && c < study->category_count; c++) {
    const SnStudyCategory *category = &study->categories[c];
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", category->name);
    cJSON_AddNumberToObject(item, "train_images", (double)category->train_images);
    cJSON_AddNumberToObject(item, "test_images", (double)category->test_images);
    cJSON_AddBoolToObject(item, "as_many_as_in_mvtec_ad", category->is_papers);
    cJSON_AddItemToArray(categories, item);
  }
}

bool sn_write_study_record(const char *path, const SnStudy *study) {
  if (!sn_ok()) return false;
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "study", study->name);
  cJSON_AddStringToObject(object, "program", "simplenet " SN_VERSION);
  cJSON_AddStringToObject(object, "command", study->command);
  cJSON_AddStringToObject(object, "device", study->device);
  cJSON_AddStringToObject(object, "data", study->data);
  cJSON_AddNumberToObject(object, "test_every_epochs", (double)study->eval_every);
  cJSON *seeds = cJSON_AddArrayToObject(object, "seeds");
  for (int64_t s = 0; seeds && s < study->seed_count; s++)
    cJSON_AddItemToArray(seeds, cJSON_CreateNumber((double)study->seeds[s]));
  cJSON_AddNumberToObject(object, "categories_at_a_time", study->jobs);
  cJSON_AddNumberToObject(object, "threads_each", study->threads);
  cJSON_AddNumberToObject(object, "seconds", study->seconds);
  add_categories(object, study);
  add_variants(object, study);
  char *text = cJSON_Print(object);
  cJSON_Delete(object);
  if (!text) return sn_fail("%s: out of memory", path);
  SnFileWriter writer;
  if (sn_file_create(path, &writer)) {
    fprintf(writer.stream, "%s\n", text);
    sn_file_commit(&writer);
  }
  free(text);
  return sn_ok();
}
