/* Algorithm 1: the memory bank is a coreset of all patch features of the training images. */
#ifndef SN_MODELS_PATCHCORE_FIT_H
#define SN_MODELS_PATCHCORE_FIT_H

#include "anomaly/method.h"

/* SnMethod's fit_new and fit_next. Steps: some images are projected to the dimensions in which the coreset is chosen;
 * some of its patches are chosen; the features of those that lie in some images are copied into the bank. They are
 * kept in the images' order. Chance (SN_STREAM_CORESET): the projection's normal numbers, and the first patch. */
void *sn_patchcore_fit_new(SnModel *model, const SnFeatures *features);
bool sn_patchcore_fit_next(void *fit, SnFitStep *step);

#endif
