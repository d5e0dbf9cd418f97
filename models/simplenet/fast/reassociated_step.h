/* A training step in half the work, by the same mathematics in another order. */
#ifndef SN_MODELS_SIMPLENET_FAST_REASSOCIATED_STEP_H
#define SN_MODELS_SIMPLENET_FAST_REASSOCIATED_STEP_H

#include "models/simplenet/training.h"

/* Whether the settings' network is one that it computes: one layer in the adaptor, two in the discriminator, levels
 * brought to the grid bilinearly. */
bool sn_reassociated_step_supports(const SnSettings *settings);

/* What sn_training_backward does, from the levels of a batch before they are resized and concatenated: levels[i] is
 * [images,h_i,w_i,channels_i], the first one the largest grid; e is the noise [images * h_0 * w_0, channels], channels
 * the sum of all levels'. */
bool sn_reassociated_backward(SnTraining *training, int count, SnTensor *const *levels, SnTensor *e,
                              SnStepOutcome *outcome);

#endif
