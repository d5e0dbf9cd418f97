/* One training step on a batch of images, by the reassociated step where the network is one that it supports. */
#ifndef SN_MODELS_SIMPLENET_FAST_BATCH_STEP_H
#define SN_MODELS_SIMPLENET_FAST_BATCH_STEP_H

#include "models/simplenet/training.h"

/* Step number `step`, from 1, on the images order[first … first + count - 1]. Kernels only: what the training counts is
 * the caller's to change. The outcome is in the innermost scope. */
bool sn_batch_step(SnTraining *training, int64_t step, int64_t first, int64_t count, SnStepOutcome *outcome);

#endif
