/* What `simplenet eval` was asked for, and the features that it tests on. */
#ifndef SN_CLI_EVAL_RUN_H
#define SN_CLI_EVAL_RUN_H

#include "anomaly/features.h"
#include "cli/data_options.h"
#include "cli/device_options.h"
#include "cli/saved_model.h"

typedef struct SnEval {
  const char *out, *memory, *seeds_text;
  SnModelTexts model;
  SnDataTexts data;
  SnDeviceTexts device;
  bool skip_broken;
  int64_t seeds; /* 0: all */
} SnEval;

/* Those of the test images, with progress; then the model's backbone is released, and what was met is told. NULL,
 * without an error, when interrupted. */
SnFeatures *sn_eval_features(const SnEval *eval, SnModel *model, SnDataset *dataset, SnTruth *truth, SnNames *skipped);

#endif
