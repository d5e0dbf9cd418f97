/* The saved model that a command works with: one of `simplenet train`, or the released code's ckpt.pth. */
#ifndef SN_CLI_SAVED_MODEL_H
#define SN_CLI_SAVED_MODEL_H

#include "cli/model_options.h"
#include "models/simplenet/model.h"
#include "models/simplenet/notes.h"

typedef struct SnModelTexts {
  const char *model, *weights, *backbone;
  SnSettingTexts settings;
  bool tests; /* set before the options are added by a command that reads masks: --mask-threshold is for any model */
} SnModelTexts;

/* --model and --weights. */
void sn_add_model_options(SnOption *options, int *count, SnModelTexts *texts);

/* What a ckpt.pth does not tell: --backbone, --preset and the settings that scoring depends on; and, where
 * texts->tests is set, --mask-threshold for any model. */
void sn_add_released_options(SnOption *options, int *count, SnModelTexts *texts);

/* Loads it into the innermost scope. */
SnSimpleNet *sn_open_model(const SnModelTexts *texts);

#endif
