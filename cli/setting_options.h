/* --method, --preset and an option for each setting of any method. */
#ifndef SN_CLI_SETTING_OPTIONS_H
#define SN_CLI_SETTING_OPTIONS_H

#include "anomaly/method.h"
#include "cli/options.h"

/* Texts of the options, NULL where they were not given. */
typedef struct SnSettingTexts {
  const char *method, *preset;
  const char *default_preset; /* of methods that have it, to be set before the options are added; NULL: the first */
  const char *texts[SN_MAX_OPTIONS]; /* in the order of sn_setting_names */
} SnSettingTexts;

/* The names of the settings of all methods, each once; returns how many. */
int sn_setting_names(const char *names[SN_MAX_OPTIONS]);

/* What was given for a setting; NULL when nothing was. */
const char *sn_setting_text(const SnSettingTexts *texts, const char *name);

/* The first of "method", "preset" and the settings that was given; NULL when none was. */
const char *sn_first_setting_given(const SnSettingTexts *texts);

/* A method's setting of that name, the default method's where it has one. */
const SnSetting *sn_any_setting(const char *name);

/* Appends "method", "preset" and one option for each setting, with the presets' values as defaults in the help. */
void sn_add_setting_options(SnOption *options, int *count, SnSettingTexts *texts);

/* The method's preset, then the settings given; an error names one that the method does not have. */
bool sn_read_settings(const SnSettingTexts *texts, SnSettings *settings);

#endif
