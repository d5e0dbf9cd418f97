/* A training step in half the work, by the same mathematics in another order. */
#ifndef SN_MODELS_SIMPLENET_REASSOCIATED_STEP_H
#define SN_MODELS_SIMPLENET_REASSOCIATED_STEP_H

#include "models/simplenet/training.h"

/* Whether it knows the settings' network: one layer in the adaptor, two in the discriminator. */
bool sn_reassociated_step_knows(const SnSimpleNetSettings *settings);

/* What sn_training_step does, from the levels' features before they are resized and concatenated: parts[i] is
 * [images, cells_i^2, channels_i], the first one the largest grid, all of a batch; e is the noise [images * cells_0^2,
 * channels], channels the sum of all parts'. */
bool sn_reassociated_step(SnTraining *training, int part_count, SnTensor *const *parts, SnTensor *e,
                          SnTrainingResult *result);

#endif
