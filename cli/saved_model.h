/* The saved model that a command works with: one of `simplenet train`, or a checkpoint of a method's own authors. */
#ifndef SN_CLI_SAVED_MODEL_H
#define SN_CLI_SAVED_MODEL_H

#include "anomaly/model.h"
#include "cli/device_options.h"
#include "cli/setting_options.h"

typedef struct SnModelTexts {
  const char *model, *weights;
  SnSettingTexts settings;
  const SnDeviceTexts *device; /* of a command that computes with it; else NULL */
  bool tests; /* set before the options are added by a command that reads masks: --mask-threshold is for any model */
} SnModelTexts;

#define SN_WEIGHTS_HELP                                                                                 \
  "the backbone's weights that the model was trained on; not needed for a detector in one file or the " \
  "embedded backbone"

/* --model and --weights. */
void sn_add_model_options(SnOption *options, int *count, SnModelTexts *texts);

/* What a foreign model file does not hold: --preset and the settings that scoring depends on; and, where texts->tests
 * is set, --mask-threshold for any model. */
void sn_add_foreign_options(SnOption *options, int *count, SnModelTexts *texts);

/* Loads it into the innermost scope. */
SnModel *sn_open_model(const SnModelTexts *texts);

#endif
