/* What `simplenet train` was asked for, and a run of it on the terminal. */
#ifndef SN_CLI_TRAIN_RUN_H
#define SN_CLI_TRAIN_RUN_H

#include "anomaly/run.h"
#include "cli/calibrate_options.h"
#include "cli/data_options.h"
#include "cli/device_options.h"
#include "cli/seeds_option.h"
#include "cli/setting_options.h"
#include "cli/tune.h"

typedef struct SnTrain {
  const char *weights, *out, *eval_every_text, *select_text, *checkpoint_text, *seeds_text, *memory;
  SnDataTexts data;
  SnCalibrateTexts calibrate;
  SnSettingTexts settings;
  SnDeviceTexts device;
  SnTune tune;
  bool resume, skip_broken, force;
  double checkpoint_seconds;
  int64_t eval_every;
  SnSeedList seeds; /* of one alone the count */
  SnSelection selection;
} SnTrain;

/* The run's options but for checkpoint, memory and photographs. */
SnRunOptions sn_train_run_options(const SnTrain *train);

/* How many images there are. */
void sn_print_train_images(const SnDataset *dataset);

/* The preset and what was changed of it, and whether test labels choose anything. */
void sn_print_train_settings(const SnSettings *settings, bool selects_by_test);

/* Says what the features of training and test images are, and what was met in the photographs. */
void sn_print_train_features(const SnModel *model, const SnFeatures *train_features, const SnFeatures *test_features,
                             const SnNames *skipped, double seconds);

/* Pulls the run until it is done or interrupted, with its progress, and a line an epoch that begins with `seed`
 * ("seed 1, "). NULL: there is one seed only, and the run says what its features are. True when it is done. */
bool sn_train_pull(SnRun *run, const char *seed);

/* "best on the test set, epoch 8:  image AUROC 0.9812  pixel AUROC 0.9654", where the last epoch was kept and others
 * were tested. */
void sn_print_best_epoch(const SnRun *run);

#endif
