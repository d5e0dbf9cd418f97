#include "cli/setting_options.h"

#include <stdio.h>
#include <string.h>

#include "tensor/scope.h"

static void add(SnOption *options, int *count, SnOption option) {
  if (*count < SN_MAX_OPTIONS) options[(*count)++] = option;
}

int sn_setting_names(const char *names[SN_MAX_OPTIONS]) {
  int count = 0;
  const SnSetting *setting;
  for (int m = 0; sn_methods[m]; m++)
    for (int i = 0; (setting = sn_setting_at(sn_methods[m], i)); i++) {
      int known = 0;
      while (known < count && strcmp(names[known], setting->name) != 0) known++;
      if (known == count && count < SN_MAX_OPTIONS) names[count++] = setting->name;
    }
  return count;
}

const SnSetting *sn_any_setting(const char *name) {
  const SnSetting *setting = NULL;
  for (int m = 0; sn_methods[m] && !setting; m++) setting = sn_setting_find(sn_methods[m], name);
  return setting;
}

const char *sn_setting_text(const SnSettingTexts *texts, const char *name) {
  const char *names[SN_MAX_OPTIONS];
  int count = sn_setting_names(names);
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return texts->texts[i];
  return NULL;
}

const char *sn_first_setting_given(const SnSettingTexts *texts) {
  const char *names[SN_MAX_OPTIONS];
  int count = sn_setting_names(names);
  if (texts->method) return "method";
  if (texts->preset) return "preset";
  for (int i = 0; i < count; i++)
    if (texts->texts[i]) return names[i];
  return NULL;
}

static const char *argument_of(const SnSetting *setting) {
  switch (setting->kind) {
    case SN_SETTING_INTEGER:
      return "N";
    case SN_SETTING_REAL:
      return "X";
    case SN_SETTING_SIZE:
    case SN_SETTING_RESIZE:
      return "N|HEIGHTxWIDTH";
    case SN_SETTING_BACKBONE:
      return "NAME";
    case SN_SETTING_LEVELS:
      return "LEVEL,LEVEL";
    case SN_SETTING_LEVEL:
      return "LEVEL";
    case SN_SETTING_CHOICE:
      break;
  }
  return setting->choices;
}

/* ---- help ---- */

/* The method's preset that holds unless one is given. */
static const char *default_of(const SnMethod *method, const char *default_preset) {
  for (int p = 0; default_preset && method->presets[p]; p++)
    if (strcmp(method->presets[p], default_preset) == 0) return method->presets[p];
  return method->presets[0];
}

/* A method's presets, the default first; NULL beyond the last. */
static const char *preset_at(const SnMethod *method, const char *default_preset, int index) {
  const char *first = default_of(method, default_preset);
  if (index == 0) return first;
  for (int p = 0; method->presets[p]; p++)
    if (method->presets[p] != first && --index == 0) return method->presets[p];
  return NULL;
}

/* "(256; official: 329; padim: 224)": the value of the first method's default preset, and those that differ. */
static void append_defaults(const char *name, const char *default_preset, char *help, size_t size) {
  char first[SN_SETTING_TEXT] = "", text[SN_SETTING_TEXT];
  const SnMethod *owner = NULL;
  for (int m = 0; sn_methods[m]; m++) {
    const SnSetting *setting = sn_setting_find(sn_methods[m], name);
    const char *preset;
    for (int p = 0; setting && (preset = preset_at(sn_methods[m], default_preset, p)); p++) {
      SnSettings settings;
      size_t used = strlen(help);
      sn_settings_preset(sn_methods[m], preset, &settings);
      sn_setting_print(setting, &settings, text);
      if (!owner) {
        owner = sn_methods[m];
        strcpy(first, text);
        snprintf(help + used, size - used, "%s (%s", m > 0 ? owner->name : "", text);
      } else if (strcmp(first, text) != 0) {
        bool named = sn_methods[m] != owner;
        snprintf(help + used, size - used, "; %s%s%s: %s", named ? sn_methods[m]->name : "", named && p > 0 ? " " : "",
                 named && p == 0 ? "" : preset, text);
      }
    }
  }
  strncat(help, ")", size - strlen(help) - 1);
}

static char *help_of(const SnSetting *setting, const char *default_preset) {
  char help[512];
  bool is_own = !sn_setting_find(sn_methods[0], setting->name);
  snprintf(help, sizeof help, "%s%s", setting->help, is_own ? "; of " : "");
  append_defaults(setting->name, default_preset, help, sizeof help);
  return sn_scope_text(help);
}

static char *method_names(void) {
  char names[256] = "";
  for (int m = 0; sn_methods[m]; m++) {
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s", m > 0 ? "|" : "", sn_methods[m]->name);
  }
  return sn_scope_text(names);
}

static char *preset_help(const char *default_preset) {
  char help[512] = "whose values the settings below begin with:";
  for (int m = 0; sn_methods[m]; m++) {
    const char *preset;
    for (int p = 0; (preset = preset_at(sn_methods[m], default_preset, p)); p++) {
      size_t used = strlen(help);
      if (p > 0)
        snprintf(help + used, sizeof help - used, "|%s", preset);
      else
        snprintf(help + used, sizeof help - used, "%s %s %s", m > 0 ? ";" : "", sn_methods[m]->name, preset);
    }
  }
  strncat(help, " (the first)", sizeof help - strlen(help) - 1);
  return sn_scope_text(help);
}

/* ---- the options ---- */

static bool check_method(const SnOption *option) { return sn_method_find(*option->text) != NULL; }

static bool check_preset(const SnOption *option) {
  for (int m = 0; sn_methods[m]; m++)
    for (int p = 0; sn_methods[m]->presets[p]; p++)
      if (strcmp(sn_methods[m]->presets[p], *option->text) == 0) return true;
  SnSettings any;
  return sn_settings_preset(sn_methods[0], *option->text, &any);
}

/* Levels are the backbone's, which is not known yet. */
static bool check_setting(const SnOption *option) {
  const SnSetting *setting = sn_any_setting(option->name);
  SnSettings any = {.method = NULL};
  if (setting->kind == SN_SETTING_LEVELS || setting->kind == SN_SETTING_LEVEL) return true;
  return sn_setting_parse(setting, *option->text, &any);
}

void sn_add_setting_options(SnOption *options, int *count, SnSettingTexts *texts) {
  const char *names[SN_MAX_OPTIONS], *methods = method_names();
  int name_count = sn_setting_names(names);
  char help[128];
  snprintf(help, sizeof help, "how anomalies are found (%s)", sn_methods[0]->name);
  add(options, count,
      (SnOption){.name = "method",
                 .argument = methods,
                 .help = sn_scope_text(help),
                 .text = &texts->method,
                 .check = check_method});
  add(options, count,
      (SnOption){.name = "preset",
                 .argument = "NAME",
                 .help = preset_help(texts->default_preset),
                 .text = &texts->preset,
                 .check = check_preset});
  for (int i = 0; i < name_count; i++) {
    const SnSetting *setting = sn_any_setting(names[i]);
    add(options, count,
        (SnOption){.name = setting->name,
                   .argument = argument_of(setting),
                   .help = help_of(setting, texts->default_preset),
                   .text = &texts->texts[i],
                   .check = check_setting});
  }
}

bool sn_read_settings(const SnSettingTexts *texts, SnSettings *settings) {
  const char *names[SN_MAX_OPTIONS];
  int count = sn_setting_names(names);
  const SnMethod *method = texts->method ? sn_method_find(texts->method) : sn_methods[0];
  const char *preset = texts->preset;
  if (!method || !sn_settings_preset(method, preset ? preset : default_of(method, texts->default_preset), settings))
    return false;
  for (int i = 0; i < count; i++) {
    if (!texts->texts[i]) continue;
    const SnSetting *setting = sn_setting_find(method, names[i]);
    if (!setting) return sn_fail("--%s: the method %s has no such setting", names[i], method->name);
    if (!sn_setting_parse(setting, texts->texts[i], settings)) return false;
  }
  return sn_settings_check(settings);
}
