#include "report/study.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

static const size_t JSON_LIMIT = (size_t)1 << 20;

SnTrialResult *sn_study_result(const SnStudy *study, int64_t variant, int64_t category, int64_t seed) {
  return &study->results[(variant * study->category_count + category) * study->seed_count + seed];
}

char *sn_study_category_folder(const SnStudy *study, int64_t variant, int64_t category) {
  const char *name = study->categories[category].name;
  if (study->variant_count == 1) return sn_path_join(study->folder, name);
  return sn_format("%s/%s/%s", study->folder, study->variants[variant].name, name);
}

char *sn_study_trial_folder(const SnStudy *study, int64_t variant, int64_t category, int64_t seed) {
  char *above = sn_study_category_folder(study, variant, category);
  char *folder = above ? sn_format("%s/seed-%lld", above, (long long)study->seeds[seed]) : NULL;
  free(above);
  return folder;
}

/* ---- a trial's files ---- */

static cJSON *read_json(const char *path) {
  SnBytes text;
  if (!sn_file_read(path, JSON_LIMIT, &text)) return NULL;
  cJSON *object = cJSON_ParseWithLength((const char *)text.data, text.size);
  sn_bytes_free(&text);
  if (!object) sn_fail("%s: is not JSON; remove it, and the trial is run anew", path);
  return object;
}

static double number_of(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

/* The item as sn_setting_print and the like would write it. */
static void print_item(const cJSON *item, char *text, size_t size) {
  if (cJSON_IsString(item))
    snprintf(text, size, "%s", item->valuestring);
  else if (cJSON_IsNumber(item))
    snprintf(text, size, "%.17g", item->valuedouble);
  else
    snprintf(text, size, "%s", "(absent)");
}

/* Numbers are compared as numbers, everything else as text. */
static bool check_item(const char *path, const cJSON *object, const char *name, const char *expected) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  char found[96];
  print_item(item, found, sizeof found);
  bool same = cJSON_IsNumber(item) ? item->valuedouble == strtod(expected, NULL) : strcmp(found, expected) == 0;
  if (same) return true;
  return sn_fail(
      "%s: is of another run, with %s %.70s where this one has %s; name another folder with --out, or remove it", path,
      name, found, expected);
}

static bool check_metrics(const SnStudy *study, int64_t v, int64_t c, int64_t s, const char *path,
                          const cJSON *object) {
  const SnStudyCategory *category = &study->categories[c];
  SnSimpleNetSettings settings = study->variants[v].settings;
  const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, "settings");
  char text[SN_SETTING_TEXT];
  settings.seed = study->seeds[s];
  check_item(path, object, "backbone", settings.backbone);
  check_item(path, object, "backbone_sha256", study->sha256[v]);
  snprintf(text, sizeof text, "%lld", (long long)category->train_images);
  check_item(path, object, "train_images", text);
  snprintf(text, sizeof text, "%lld", (long long)category->test_images);
  check_item(path, object, "test_images", text);
  for (int i = 0; i < sn_setting_count && sn_ok(); i++) {
    sn_setting_print(&sn_settings[i], &settings, text);
    check_item(path, found, sn_settings[i].name, text);
  }
  return sn_ok();
}

static void take_metrics(const cJSON *object, SnTrialResult *result) {
  const cJSON *best = cJSON_GetObjectItemCaseSensitive(object, "best_test");
  result->present = true;
  result->image_auroc = number_of(object, "image_auroc");
  result->pixel_auroc = number_of(object, "pixel_auroc");
  result->au_pro = number_of(object, "au_pro");
  result->best_image_auroc = number_of(best, "image_auroc");
  result->best_pixel_auroc = number_of(best, "pixel_auroc");
  double epoch = number_of(best, "epoch");
  result->best_epoch = epoch >= 1 && epoch <= 1e6 ? (int64_t)epoch : 0;
  result->seconds = number_of(object, "seconds_features") + number_of(object, "seconds_training");
}

bool sn_study_read_result(SnStudy *study, int64_t v, int64_t c, int64_t s) {
  SnTrialResult *result = sn_study_result(study, v, c, s);
  *result = (SnTrialResult){0};
  char *folder = sn_study_trial_folder(study, v, c, s);
  char *metrics = folder ? sn_path_join(folder, "metrics.json") : NULL;
  char *cost = folder ? sn_path_join(folder, "cost.json") : NULL;
  cJSON *object = sn_ok() && sn_is_file(metrics) ? read_json(metrics) : NULL;
  if (object && check_metrics(study, v, c, s, metrics, object)) {
    take_metrics(object, result);
    cJSON *spent = sn_is_file(cost) ? read_json(cost) : NULL;
    result->peak_memory = number_of(spent, "peak_memory_bytes");
    if (spent) result->seconds = number_of(spent, "seconds");
    cJSON_Delete(spent);
  }
  cJSON_Delete(object);
  free(folder);
  free(metrics);
  free(cost);
  return sn_ok();
}

bool sn_study_write_cost(const char *path, double seconds, double peak_memory) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  fprintf(writer.stream, "{\"seconds\": %.3f, \"peak_memory_bytes\": %.0f}\n", seconds, peak_memory);
  return sn_file_commit(&writer);
}

/* ---- means ---- */

static double value_of(const SnTrialResult *result, SnMeasure measure) {
  if (!result->present) return NAN;
  switch (measure) {
    case SN_LAST_IMAGE:
      return result->image_auroc;
    case SN_LAST_PIXEL:
      return result->pixel_auroc;
    case SN_LAST_AU_PRO:
      return result->au_pro;
    case SN_BEST_IMAGE:
      return result->best_image_auroc;
    case SN_BEST_PIXEL:
      return result->best_pixel_auroc;
    case SN_MEASURES:
      break;
  }
  return NAN;
}

static bool belongs(const SnStudyCategory *category, SnPaperGroup group) {
  return group == SN_PAPER_ALL || (category->paper && category->paper->group == group);
}

/* With one seed; NaN where a category has no value, or there is no category. */
static double mean_of_seed(const SnStudy *study, int64_t v, int64_t category, SnPaperGroup group, int64_t seed,
                           SnMeasure measure) {
  if (category >= 0) return value_of(sn_study_result(study, v, category, seed), measure);
  double sum = 0;
  int64_t count = 0;
  for (int64_t c = 0; c < study->category_count; c++) {
    if (!belongs(&study->categories[c], group)) continue;
    sum += value_of(sn_study_result(study, v, c, seed), measure);
    count++;
  }
  return count > 0 ? sum / (double)count : NAN;
}

SnMeanOfSeeds sn_study_mean(const SnStudy *study, int64_t variant, int64_t category, SnPaperGroup group,
                            SnMeasure measure) {
  SnMeanOfSeeds result = {0, 0, 0};
  double sum = 0, squares = 0;
  for (int64_t s = 0; s < study->seed_count; s++) {
    double value = 100 * mean_of_seed(study, variant, category, group, s, measure);
    if (isnan(value)) continue;
    sum += value;
    result.seeds++;
  }
  result.mean = result.seeds > 0 ? sum / (double)result.seeds : NAN;
  for (int64_t s = 0; s < study->seed_count; s++) {
    double difference = 100 * mean_of_seed(study, variant, category, group, s, measure) - result.mean;
    if (!isnan(difference)) squares += difference * difference;
  }
  result.deviation = result.seeds > 1 ? sqrt(squares / (double)(result.seeds - 1)) : NAN;
  return result;
}

const char *sn_mean_text(SnMeanOfSeeds mean, char text[SN_MEAN_TEXT]) {
  if (isnan(mean.mean))
    snprintf(text, SN_MEAN_TEXT, "n/a");
  else if (isnan(mean.deviation))
    snprintf(text, SN_MEAN_TEXT, "%.2f", mean.mean);
  else
    snprintf(text, SN_MEAN_TEXT, "%.2f \u00b1 %.2f", mean.mean, mean.deviation);
  return text;
}
