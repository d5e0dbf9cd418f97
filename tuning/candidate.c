#include "tuning/candidate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

typedef struct Change {
  char name[SN_SETTING_TEXT], value[SN_SETTING_TEXT];
} Change;

/* The next "name=value"; NULL when there is none, else what follows it. */
static const char *next_change(const char *text, Change *change) {
  text += strspn(text, " ");
  size_t length = strcspn(text, " "), name = strcspn(text, "=");
  if (name >= length || name >= sizeof change->name || length - name > sizeof change->value) return NULL;
  snprintf(change->name, sizeof change->name, "%.*s", (int)name, text);
  snprintf(change->value, sizeof change->value, "%.*s", (int)(length - name - 1), text + name + 1);
  return text + length;
}

static int64_t rounded(double number) { return (int64_t)floor(number + 0.5); }

/* "256" or "256x512", each number multiplied. */
static void multiply_size(double factor, char text[SN_SETTING_TEXT]) {
  SnSize size;
  if (!sn_parse_size("size", text, 0, INT32_MAX, &size)) return;
  size = (SnSize){rounded((double)size.height * factor), rounded((double)size.width * factor)};
  sn_size_text(size, text);
}

/* Makes "x2" the text of twice the number that the setting holds. */
static void multiply(const SnSetting *setting, const SnSettings *settings, char value[SN_SETTING_TEXT]) {
  char text[SN_SETTING_TEXT];
  double factor, number;
  bool is_size = setting->kind == SN_SETTING_SIZE || setting->kind == SN_SETTING_RESIZE;
  if (value[0] != 'x' || !sn_read_number(value + 1, &factor)) return;
  sn_setting_print(setting, settings, text);
  if (is_size) {
    multiply_size(factor, text);
    memcpy(value, text, sizeof text);
    return;
  }
  if (!sn_read_number(text, &number)) return;
  number *= factor;
  if (setting->kind == SN_SETTING_INTEGER)
    snprintf(value, SN_SETTING_TEXT, "%" PRId64, rounded(number));
  else
    sn_number_text(number, value);
}

static bool is_fixed(const char *name, const char *const *fixed) {
  for (; fixed && *fixed; fixed++)
    if (strcmp(*fixed, name) == 0) return true;
  return false;
}

/* What is out of range is no candidate. */
static bool is_allowed(bool allowed) {
  SnError error;
  return allowed || (sn_error_forgive(&error) && false);
}

bool sn_candidate_apply(const char *changes, const char *const *fixed, SnSettings *settings) {
  const SnSettings before = *settings;
  Change change;
  while ((changes = next_change(changes, &change)) != NULL) {
    const SnSetting *setting = sn_setting_find(settings->method, change.name);
    if (!setting || is_fixed(change.name, fixed)) return false;
    multiply(setting, &before, change.value);
    if (!is_allowed(sn_setting_parse(setting, change.value, settings))) return false;
  }
  return is_allowed(sn_settings_check(settings)) && !sn_settings_agree(settings, &before, ~0u);
}

bool sn_candidate_fits(const char *values, const SnSettings *settings) {
  Change change;
  char text[SN_SETTING_TEXT];
  while (values && (values = next_change(values, &change)) != NULL) {
    const SnSetting *setting = sn_setting_find(settings->method, change.name);
    if (!setting) return false;
    sn_setting_print(setting, settings, text);
    if (strcmp(text, change.value) != 0) return false;
  }
  return true;
}

void sn_candidate_text(const SnSettings *settings, const SnSettings *given, char text[SN_CHANGES_TEXT]) {
  const SnSetting *setting;
  char one[SN_SETTING_TEXT], other[SN_SETTING_TEXT];
  text[0] = '\0';
  for (int i = 0; (setting = sn_setting_at(settings->method, i)); i++) {
    size_t used = strlen(text);
    sn_setting_print(setting, settings, one);
    sn_setting_print(setting, given, other);
    if (strcmp(one, other) != 0)
      snprintf(text + used, SN_CHANGES_TEXT - used, "%s%s=%s", used > 0 ? " " : "", setting->name, one);
  }
}
