/* SimpleNet's fit: epochs over batches of images in a new random order each, by the fastest step that the network and
 * the device have. */
#ifndef SN_MODELS_SIMPLENET_FIT_H
#define SN_MODELS_SIMPLENET_FIT_H

#include "models/simplenet/training.h"

/* For the entry in the table of methods (anomaly/method.h). */
void *sn_simplenet_fit_new(SnModel *model, const SnFeatures *features);
bool sn_simplenet_fit_next(void *fit, SnFitStep *step);
bool sn_simplenet_fit_save(void *fit, SnStateDict *state);
bool sn_simplenet_fit_load(void *fit, const SnSavedState *saved);

/* Its training, for tests and measurements. */
SnTraining *sn_simplenet_fit_training(void *fit);

#endif
