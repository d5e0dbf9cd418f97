/* Pretraining: the embedded backbone learns from scratch to name the pattern in a generated image
 * (datasets/generated/pretraining.h). Cross-entropy, SGD with Nesterov momentum, a rate that rises linearly and then
 * falls to 0 by a cosine. */
#ifndef SN_MODELS_PRETRAINING_TRAINING_H
#define SN_MODELS_PRETRAINING_TRAINING_H

#include "models/backbones/resnet.h"
#include "nn/optimizer.h"

typedef struct SnPretrainingSettings {
  uint64_t seed;
  int64_t steps, batch, size;   /* images a step, and their width and height in pixels */
  int64_t warmup;               /* steps in which the rate rises */
  int64_t validation;           /* images that are never trained on, a multiple of the batch */
  double rate, momentum, decay; /* decay: L2, of every parameter */
} SnPretrainingSettings;

SnPretrainingSettings sn_pretraining_defaults(void);

typedef struct SnPretrainingResult {
  double loss, accuracy; /* means over the images */
} SnPretrainingResult;

typedef struct SnPretraining {
  SnPretrainingSettings settings;
  SnResNet *network; /* with a classifier */
  SnOptimizer *optimizer;
  int64_t step; /* done */
} SnPretraining;

/* In the innermost scope. */
SnPretraining *sn_pretraining_new(const SnPretrainingSettings *settings);

/* The learning rate of the step that follows `step` steps. */
double sn_pretraining_rate(const SnPretrainingSettings *settings, int64_t step);

/* One step on images [N,3,H,W] and labels int64 [N]; loss and accuracy are those before it. */
bool sn_pretraining_step(SnPretraining *training, SnTensor *images, SnTensor *labels, SnPretrainingResult *result);

/* On the validation images, with running statistics. */
bool sn_pretraining_validate(SnPretraining *training, SnPretrainingResult *result);

/* Images from this index on are for validation, calibration and tests; those before for training. */
#define SN_PRETRAINING_VALIDATION_START INT64_C(0x80000000)

#endif
