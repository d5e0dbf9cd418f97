/* Any text as a number, or "name=text" as a setting of the command line: an error, or a value in range that comes back
 * the same when it is printed. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/method.h"
#include "base/error.h"
#include "base/number.h"
#include "tests/fuzz/limits.h"

static void check_integer(const char *text, int64_t minimum, int64_t maximum) {
  char printed[32];
  int64_t value = -1, again = -2;
  sn_clear_error();
  bool parsed = sn_parse_integer("--number", text, minimum, maximum, &value);
  if (parsed != sn_ok()) abort();
  if (!parsed) return;
  if (value < minimum || value > maximum) abort();
  snprintf(printed, sizeof printed, "%" PRId64, value);
  if (!sn_parse_integer("--number", printed, minimum, maximum, &again) || again != value) abort();
}

static void check_real(const char *text, double minimum, double maximum) {
  double value = -1;
  sn_clear_error();
  bool parsed = sn_parse_real("--number", text, minimum, maximum, &value);
  if (parsed != sn_ok()) abort();
  if (parsed && !(isfinite(value) && value >= minimum && value <= maximum)) abort();
}

/* The bytes of a field. */
static size_t size_of(const SnSetting *setting) {
  switch (setting->kind) {
    case SN_SETTING_BACKBONE:
      return SN_BACKBONE_NAME;
    case SN_SETTING_LEVELS:
      return sizeof(SnLevels);
    case SN_SETTING_SIZE:
    case SN_SETTING_RESIZE:
      return sizeof(SnSize);
    default:
      return sizeof(int64_t);
  }
}

static void check_setting(const SnMethod *method, const SnSetting *setting, const char *text) {
  SnSettings settings, again;
  char printed[SN_SETTING_TEXT], twice[SN_SETTING_TEXT];
  sn_clear_error();
  if (!sn_settings_preset(method, NULL, &settings)) abort();
  again = settings;
  bool parsed = sn_setting_parse(setting, text, &settings);
  if (parsed != sn_ok()) abort();
  if (!parsed) return;
  sn_setting_print(setting, &settings, printed);
  if (!sn_setting_parse(setting, printed, &again)) abort();
  sn_setting_print(setting, &again, twice);
  if (strcmp(printed, twice) != 0 ||
      memcmp((const char *)&settings + setting->offset, (const char *)&again + setting->offset, size_of(setting)) != 0)
    abort();
  if (!sn_settings_agree(&settings, &again, ~0u) || sn_settings_epochs(&settings) < 1) abort();
  if (!sn_settings_check(&settings) || !(method->groups & SN_GROUP_FEATURES)) return;
  const SnFeatureSettings *features = &settings.features;
  if (features->levels.count < 1 || features->levels.count > SN_MAX_LEVELS) abort();
  int grid = sn_settings_grid_index(features);
  if (features->grid_level != 0 ? features->levels.numbers[grid] != features->grid_level : grid != 0) abort();
}

/* A name of a preset or of a method, if it is one. */
static void check_names(const char *text) {
  SnSettings settings;
  for (int m = 0; sn_methods[m]; m++) {
    sn_clear_error();
    if (sn_settings_preset(sn_methods[m], text, &settings) != sn_ok()) abort();
  }
  sn_clear_error();
  const SnMethod *method = sn_method_find(text);
  if (!!method != sn_ok() || (method && strcmp(method->name, text) != 0)) abort();
}

/* As a setting of every method that has it; false when there is none. */
static bool check_settings(const char *name, const char *value) {
  bool found = false;
  for (int m = 0; sn_methods[m]; m++) {
    const SnSetting *setting = sn_setting_find(sn_methods[m], name);
    if (!setting) continue;
    if (strcmp(setting->name, name) != 0) abort();
    check_setting(sn_methods[m], setting, value);
    found = true;
  }
  return found;
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  if (!text) exit(EXIT_FAILURE);
  if (size > 0) memcpy(text, data, size);
  text[size] = '\0';
  char *value = strchr(text, '=');
  if (value) *value++ = '\0';
  if (!value || !check_settings(text, value)) {
    check_integer(text, 0, INT64_MAX);
    check_integer(text, INT64_MIN, 1000);
    check_real(text, -1e30, 1e30);
    check_real(text, 0, 1);
    check_names(text);
  }
  free(text);
}
