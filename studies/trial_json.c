#include "studies/trial_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"
#include "report/origin.h"

static cJSON *parse(const char *path, SnBytes text) {
  if (!sn_ok()) return NULL;
  const char *end = NULL;
  cJSON *object = sn_json_parse((const char *)text.data, (int64_t)text.size, &end);
  if (cJSON_IsObject(object)) return object;
  cJSON_Delete(object);
  return sn_fail_null("%s: is not a JSON object; remove it, and the trial is run anew", path);
}

static double number_of(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsNumber(item) && fabs(item->valuedouble) < 1e300 ? item->valuedouble : NAN;
}

/* The item as sn_setting_print and the like would write it. */
static void print_item(const cJSON *item, char *text, size_t size) {
  char number[SN_NUMBER_TEXT];
  if (cJSON_IsString(item))
    snprintf(text, size, "%s", item->valuestring);
  else if (cJSON_IsNumber(item))
    snprintf(text, size, "%s", sn_number_text(item->valuedouble, number));
  else
    snprintf(text, size, "(absent)");
  if (!sn_utf8_is_printable(text, strlen(text))) snprintf(text, size, "(something else)");
}

/* Numbers are compared as numbers, everything else as text. */
static bool check_item(const char *path, const cJSON *object, const char *name, const char *expected) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  char found[72];
  print_item(item, found, sizeof found);
  double number = NAN;
  bool same = strcmp(found, expected) == 0;
  if (cJSON_IsNumber(item)) same = sn_read_number(expected, &number) && item->valuedouble == number;
  if (same) return true;
  return sn_fail(
      "%s: is of another run, with %s %s where this one has %s; name another folder with --out, or remove it", path,
      name, found, expected);
}

static bool check_count(const char *path, const cJSON *object, const char *name, int64_t expected) {
  char text[SN_SETTING_TEXT];
  snprintf(text, sizeof text, "%" PRId64, expected);
  return check_item(path, object, name, text);
}

/* Metrics of earlier versions do not say where their photographs come from. */
static bool check_data(const char *path, const cJSON *object, const char *data) {
  const char *noted = sn_origin_noted(object, SN_ORIGIN_DATA);
  char *expected = data && noted ? sn_origin_path(data) : NULL;
  if (expected && strcmp(noted, expected) != 0)
    sn_fail(
        "%s: is of another run, with the data set %s where this one has %s; name another folder with --out, or remove "
        "it",
        path, noted, expected);
  free(expected);
  return sn_ok();
}

static bool check_identity(const char *path, const cJSON *object, const SnTrialIdentity *identity) {
  const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, "settings");
  const SnMethod *method = identity->settings.method;
  const SnSetting *setting;
  char text[SN_SETTING_TEXT];
  check_item(path, object, "method", method->name);
  if (method->groups & SN_GROUP_FEATURES) check_item(path, object, "backbone_sha256", identity->sha256);
  check_data(path, object, identity->data);
  check_count(path, object, "train_images", identity->train_images);
  check_count(path, object, "test_images", identity->test_images);
  for (int i = 0; (setting = sn_setting_at(method, i)) && sn_ok(); i++) {
    const char *absent = setting->when_absent;
    sn_setting_print(setting, &identity->settings, text);
    bool is_absent = absent && !cJSON_GetObjectItemCaseSensitive(found, setting->name);
    if (!is_absent || strcmp(absent, text) != 0) check_item(path, found, setting->name, text);
  }
  return sn_ok();
}

bool sn_trial_parse_metrics(const char *path, SnBytes text, const SnTrialIdentity *identity, SnTrialResult *result) {
  cJSON *object = parse(path, text);
  if (object && check_identity(path, object, identity)) {
    const cJSON *best = cJSON_GetObjectItemCaseSensitive(object, "best_test");
    double epoch = number_of(best, "epoch");
    *result = (SnTrialResult){
        .present = true,
        .image_auroc = number_of(object, "image_auroc"),
        .pixel_auroc = number_of(object, "pixel_auroc"),
        .au_pro = number_of(object, "au_pro"),
        .best_image_auroc = number_of(best, "image_auroc"),
        .best_pixel_auroc = number_of(best, "pixel_auroc"),
        .best_epoch = epoch >= 1 && epoch <= 1e6 ? (int64_t)epoch : 0,
        .seconds = number_of(object, "seconds_features") + number_of(object, "seconds_training"),
        .peak_memory = NAN,
    };
  }
  cJSON_Delete(object);
  return sn_ok();
}

bool sn_trial_parse_cost(const char *path, SnBytes text, SnTrialResult *result) {
  cJSON *object = parse(path, text);
  if (!object) return false;
  result->seconds = number_of(object, "seconds");
  result->peak_memory = number_of(object, "peak_memory_bytes");
  cJSON_Delete(object);
  return true;
}

bool sn_trial_write_cost(const char *path, double seconds, double peak_memory) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  char texts[2][SN_NUMBER_TEXT];
  fprintf(writer.stream, "{\"seconds\": %s, \"peak_memory_bytes\": %s}\n", sn_number_text(seconds, texts[0]),
          sn_number_text(peak_memory, texts[1]));
  return sn_file_commit(&writer);
}
