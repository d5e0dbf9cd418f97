/* Any text as a number, or "name=text" as a setting of the command line: an error, or a value in range that comes back
 * the same when it is printed. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "models/simplenet/settings.h"
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

static void check_setting(const SnSetting *setting, const char *text) {
  SnSimpleNetSettings settings, again;
  char printed[SN_SETTING_TEXT], twice[SN_SETTING_TEXT];
  sn_clear_error();
  if (!sn_settings_preset("paper", &settings)) abort();
  again = settings;
  bool parsed = sn_setting_parse(setting, text, &settings);
  if (parsed != sn_ok()) abort();
  if (!parsed) return;
  sn_setting_print(setting, &settings, printed);
  if (!sn_setting_parse(setting, printed, &again)) abort();
  sn_setting_print(setting, &again, twice);
  if (strcmp(printed, twice) != 0 ||
      memcmp((const char *)&settings + setting->offset, (const char *)&again + setting->offset, sizeof(int64_t)) != 0)
    abort();
  if (!sn_settings_check(&settings)) return;
  SnLevels levels = sn_settings_levels(&settings);
  if (levels.count < 1 || sn_level_index(&levels, sn_settings_grid_level(&settings)) < 0) abort();
}

/* A name of a preset or of a setting, if it is one. */
static void check_names(const char *text) {
  SnSimpleNetSettings settings;
  sn_clear_error();
  if (sn_settings_preset(text, &settings) != sn_ok()) abort();
  const SnSetting *setting = sn_setting_find(text);
  if (setting && strcmp(setting->name, text) != 0) abort();
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  if (!text) exit(EXIT_FAILURE);
  if (size > 0) memcpy(text, data, size);
  text[size] = '\0';
  char *value = strchr(text, '=');
  if (value) *value++ = '\0';
  const SnSetting *setting = value ? sn_setting_find(text) : NULL;
  if (setting) {
    check_setting(setting, value);
  } else {
    check_integer(text, 0, INT64_MAX);
    check_integer(text, INT64_MIN, 1000);
    check_real(text, -1e30, 1e30);
    check_real(text, 0, 1);
    check_names(text);
  }
  free(text);
}
