/* --tune: settings chosen without labels before the training (tuning/tuner.h). */
#ifndef SN_CLI_TUNE_H
#define SN_CLI_TUNE_H

#include "cli/options.h"
#include "cli/setting_options.h"
#include "datasets/dataset.h"
#include "tuning/trials.h"

typedef struct SnTune {
  const char *minutes; /* as given; NULL: nothing is chosen */
  const char *weights, *memory;
  const SnSettingTexts *given; /* what they name stays as it is */
  bool skip_broken;
} SnTune;

void sn_add_tune_option(SnOption *options, int *count, SnTune *tune);

/* False and an error when it is asked for and the method has nothing to choose. */
bool sn_check_tune(const SnTune *tune, const SnMethod *method);

/* Chooses *settings, prints what was tried, and writes tune.csv into the folder. The result is in the innermost scope;
 * NULL without an error when it was interrupted. */
SnTuning *sn_tune(const SnTune *tune, const SnDataset *dataset, const char *folder, SnSettings *settings);

/* The choice of an interrupted training, which had a checkpoint already: from the folder's tune.csv, and *settings by
 * it. NULL without an error where there is none. */
SnTuning *sn_tune_resumed(const char *folder, SnSettings *settings);

#endif
