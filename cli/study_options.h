/* What `simplenet benchmark` and `simplenet paper` are told, and the study that is made of it. */
#ifndef SN_CLI_STUDY_OPTIONS_H
#define SN_CLI_STUDY_OPTIONS_H

#include "cli/model_options.h"
#include "studies/study.h"

typedef struct SnStudyTexts {
  const char *data, *layout, *categories, *backbone, *weights, *seeds, *out, *jobs, *memory;
  SnSettingTexts settings;
  SnDeviceTexts device;
} SnStudyTexts;

/* Appends all options but the settings `without` (NULL-ended), which the study sets itself; "seed" is never there. */
void sn_add_study_options(SnOption *options, int *count, SnStudyTexts *texts, const char *const *without);

/* The command as it could be typed again, in the innermost scope. */
char *sn_command_text(const char *command, int argc, char **argv);

/* The number of --jobs; *jobs stays as it is when the text is NULL. */
bool sn_read_jobs(const char *text, int64_t *jobs);

/* The settings and the backbone that the variants begin with. */
bool sn_read_study_settings(const SnStudyTexts *texts, SnSimpleNetSettings *settings);

/* The file with a backbone's weights in the innermost scope: --weights itself, or, where that is a folder, the file in
 * it whose name is the backbone's, followed by nothing, a dash or a dot (resnet50-0676ba61.pth). *weights is NULL for
 * the embedded backbone. False without an error when there is none in the folder. */
bool sn_find_backbone_weights(const SnStudyTexts *texts, const char *backbone, const char **weights);

/* Fills in a study whose name, title and variants are set: categories, seeds, folder, hashes of weights, and room for
 * results. Names on stderr those of `expected` (NULL-ended; may be NULL) that the data set lacks. */
bool sn_open_study(const SnStudyTexts *texts, const char *const *expected, SnStudy *study);

#endif
