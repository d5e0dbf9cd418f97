/* Signs that a training fails, by the averages of its epochs. */
#ifndef SN_MODELS_SIMPLENET_FAILURE_SIGNS_H
#define SN_MODELS_SIMPLENET_FAILURE_SIGNS_H

#include "models/simplenet/training.h"

enum { SN_FAILURE_SIGN = 320 };

/* What is wrong after `epoch` epochs of `epochs`, of `steps` steps each, and what may help; false when nothing is.
 *
 * Nothing learned: no share of the features beyond the margin after 3 epochs and 200 steps, and at the end. Too easy: a
 * loss of less than 0.001 after 3 epochs. Each is said once on the way. */
bool sn_failure_sign(const SnSimpleNetSettings *settings, int64_t epoch, int64_t epochs, int64_t steps,
                     const SnTrainingResult *average, char text[SN_FAILURE_SIGN]);

#endif
