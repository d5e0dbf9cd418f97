/* What `simplenet benchmark` and `simplenet paper` are told, and the study that is made of it. */
#ifndef SN_CLI_STUDY_OPTIONS_H
#define SN_CLI_STUDY_OPTIONS_H

#include "cli/device_options.h"
#include "cli/setting_options.h"
#include "studies/schedule.h"

typedef struct SnStudyTexts {
  const char *data, *layout, *categories, *weights, *seeds, *out, *jobs, *memory;
  SnSettingTexts settings;
  SnDeviceTexts device;
} SnStudyTexts;

/* Appends all options but the settings `without` (NULL-ended), which the study sets itself; "seed" is never there. */
void sn_add_study_options(SnOption *options, int *count, SnStudyTexts *texts, const char *const *without);

/* The command as it could be typed again, in the innermost scope. */
char *sn_command_text(const char *command, int argc, char **argv);

/* The variant that others begin as: method and settings. */
bool sn_read_study_variant(const SnStudyTexts *texts, SnVariant *variant);

/* Where the variant's backbone has its weights: --weights, a file or a folder (studies/weights.h). */
bool sn_read_study_weights(const SnStudyTexts *texts, SnVariant *variant);

bool sn_read_study_options(const SnStudyTexts *texts, SnStudyOptions *options);

/* Opens a study whose name, title and variants are set, with the data, seeds and folder that were named. What was left
 * out of it is said on stderr. */
bool sn_open_study(const SnStudyTexts *texts, SnStudy *study);

#endif
