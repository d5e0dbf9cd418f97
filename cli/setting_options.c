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

static const char *argument_of(const SnSetting *setting) {
  switch (setting->kind) {
    case SN_SETTING_INTEGER:
      return "N";
    case SN_SETTING_REAL:
      return "X";
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

/* "(256; official: 329; padim: 224)": the first value that a method's preset has, and those that differ. */
static void append_defaults(const char *name, char *help, size_t size) {
  char first[SN_SETTING_TEXT] = "", text[SN_SETTING_TEXT];
  const SnMethod *owner = NULL;
  for (int m = 0; sn_methods[m]; m++) {
    const SnSetting *setting = sn_setting_find(sn_methods[m], name);
    for (int p = 0; setting && sn_methods[m]->presets[p]; p++) {
      SnSettings settings;
      size_t used = strlen(help);
      sn_settings_preset(sn_methods[m], sn_methods[m]->presets[p], &settings);
      sn_setting_print(setting, &settings, text);
      if (!owner) {
        owner = sn_methods[m];
        strcpy(first, text);
        snprintf(help + used, size - used, "%s (%s", m > 0 ? owner->name : "", text);
      } else if (strcmp(first, text) != 0) {
        bool named = sn_methods[m] != owner;
        snprintf(help + used, size - used, "; %s%s%s: %s", named ? sn_methods[m]->name : "", named && p > 0 ? " " : "",
                 named && p == 0 ? "" : sn_methods[m]->presets[p], text);
      }
    }
  }
  strncat(help, ")", size - strlen(help) - 1);
}

static char *help_of(const SnSetting *setting) {
  char help[512];
  bool is_own = !sn_setting_find(sn_methods[0], setting->name);
  snprintf(help, sizeof help, "%s%s", setting->help, is_own ? "; of " : "");
  append_defaults(setting->name, help, sizeof help);
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

static char *preset_help(void) {
  char help[512] = "whose values the settings below begin with:";
  for (int m = 0; sn_methods[m]; m++)
    for (int p = 0; sn_methods[m]->presets[p]; p++) {
      size_t used = strlen(help);
      const char *separator = p > 0 ? "|" : m > 0 ? ";" : "";
      snprintf(help + used, sizeof help - used, "%s%s%s%s", separator, p > 0 ? "" : " ",
               p > 0 ? "" : sn_methods[m]->name, p > 0 ? "" : " ");
      used = strlen(help);
      snprintf(help + used, sizeof help - used, "%s", sn_methods[m]->presets[p]);
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
      (SnOption){
          .name = "preset", .argument = "NAME", .help = preset_help(), .text = &texts->preset, .check = check_preset});
  for (int i = 0; i < name_count; i++) {
    const SnSetting *setting = sn_any_setting(names[i]);
    add(options, count,
        (SnOption){.name = setting->name,
                   .argument = argument_of(setting),
                   .help = help_of(setting),
                   .text = &texts->texts[i],
                   .check = check_setting});
  }
}

bool sn_read_settings(const SnSettingTexts *texts, SnSettings *settings) {
  const char *names[SN_MAX_OPTIONS];
  int count = sn_setting_names(names);
  const SnMethod *method = texts->method ? sn_method_find(texts->method) : sn_methods[0];
  if (!method || !sn_settings_preset(method, texts->preset, settings)) return false;
  for (int i = 0; i < count; i++) {
    if (!texts->texts[i]) continue;
    const SnSetting *setting = sn_setting_find(method, names[i]);
    if (!setting) return sn_fail("--%s: the method %s has no such setting", names[i], method->name);
    if (!sn_setting_parse(setting, texts->texts[i], settings)) return false;
  }
  return sn_settings_check(settings);
}
