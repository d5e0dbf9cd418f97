/* Pretraining: from scratch, on generated images, the embedded backbone learns two things at once.
 *
 * Which pattern an image shows (datasets/generated/pretraining.h): the classifier sees the means over the image of
 * layer2 and of layer3. And where the image is damaged (damage.h): at every position of layer2 a linear detector sees
 * both levels, layer3 resized bilinearly. The loss is the cross-entropy of the first plus a multiple
 * of the binary cross-entropy of the second. SGD with Nesterov momentum; the rate rises linearly, then falls to 0 by a
 * cosine. */
#ifndef SN_MODELS_PRETRAINING_TRAINING_H
#define SN_MODELS_PRETRAINING_TRAINING_H

#include "models/backbones/resnet.h"
#include "models/pretraining/image_queue.h"
#include "nn/optimizer.h"

typedef struct SnPretrainingSettings {
  SnDtype dtype; /* float32; float64 for proofs */
  uint64_t seed;
  int64_t steps, batch, size;   /* images a step, and their width and height in pixels */
  int64_t warmup;               /* steps in which the rate rises */
  int64_t validation;           /* images that are never trained on, a multiple of the batch */
  double rate, momentum, decay; /* decay: L2, of every parameter */
  double damage_weight;         /* of the second loss */
} SnPretrainingSettings;

SnPretrainingSettings sn_pretraining_defaults(void);

typedef struct SnPretrainingResult {
  double loss, accuracy; /* of the classes: cross-entropy, share of images; means over the images */
  double damage_loss;    /* binary cross-entropy, mean over positions */
} SnPretrainingResult;

typedef struct SnPretraining {
  SnPretrainingSettings settings;
  SnModule module; /* "backbone.", "classifier.", "detector2." and "detector3." */
  SnResNet *network;
  SnLinear *classifier;
  SnConvolution *detectors[2]; /* 1x1, of layer2 with and of layer3 without bias */
  SnOptimizer *optimizer;
  int64_t step; /* done */
} SnPretraining;

/* In the innermost scope. */
SnPretraining *sn_pretraining_new(const SnPretrainingSettings *settings);

/* The learning rate of the step that follows `step` steps. */
double sn_pretraining_rate(const SnPretrainingSettings *settings, int64_t step);

/* One step; the result is that of the batch before it. */
bool sn_pretraining_step(SnPretraining *training, const SnPretrainingBatch *batch, SnPretrainingResult *result);

/* On the validation images, with running statistics. */
bool sn_pretraining_validate(SnPretraining *training, SnPretrainingResult *result);

/* Images from this index on are for validation, calibration and tests; those before for training. */
#define SN_PRETRAINING_VALIDATION_START INT64_C(0x80000000)

#endif
