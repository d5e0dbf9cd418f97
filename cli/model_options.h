/* Options that several commands share. */
#ifndef SN_CLI_MODEL_OPTIONS_H
#define SN_CLI_MODEL_OPTIONS_H

#include "cli/options.h"
#include "datasets/dataset.h"
#include "models/simplenet/settings.h"
#include "report/origin.h"

enum { SN_MAX_OPTIONS = 64 };

/* Texts of the options, NULL where they were not given. */
typedef struct SnSettingTexts {
  const char *preset;
  const char *texts[SN_MAX_OPTIONS]; /* in the order of sn_settings */
} SnSettingTexts;

/* Appends "preset" and one option for each setting, with both presets' values as defaults in the help. */
void sn_add_setting_options(SnOption *options, int *count, SnSettingTexts *texts);

/* The preset's settings, then those given. */
bool sn_read_settings(const SnSettingTexts *texts, SnSimpleNetSettings *settings);

/* --threads, --device and --precision. */
typedef struct SnDeviceTexts {
  const char *threads, *device, *precision;
} SnDeviceTexts;

void sn_add_device_options(SnOption *options, int *count, SnDeviceTexts *texts);
bool sn_use_device(const SnDeviceTexts *texts);

/* The number of --threads; *threads stays as it is when the text is NULL. */
bool sn_read_threads(const char *text, int64_t *threads);

/* --data, --layout and --category, or plain folders: --train, --test-good, --test-bad and --masks. */
typedef struct SnDataTexts {
  const char *data, *layout, *category, *train, *test_good, *test_bad, *masks;
  bool trains; /* set by sn_add_data_options: the command trains */
} SnDataTexts;

void sn_add_data_options(SnOption *options, int *count, SnDataTexts *texts, bool with_train);

/* Whether they name photographs, and in one way only. */
bool sn_check_data(const SnDataTexts *texts);

/* Opens what was named, and prints its problems as warnings and what was left out. `out`, a folder that results go to
 * or NULL, is not looked into. */
bool sn_open_data(const SnDataTexts *texts, const char *out, SnDataset *dataset);

/* The same without the warnings, for a look beforehand. */
bool sn_open_data_quietly(const SnDataTexts *texts, const char *out, SnDataset *dataset);

/* The folders named, for the notes in results. */
SnOrigin sn_origin_of(const SnDataTexts *texts);

#endif
