/* The Gaussians of all positions, from cached features: one pass, no epochs. */
#ifndef SN_MODELS_PADIM_FIT_H
#define SN_MODELS_PADIM_FIT_H

#include "anomaly/method.h"

/* The fit of SnMethod. A step gathers some images or describes some positions. */
void *sn_padim_fit_new(SnModel *model, const SnFeatures *features);

/* The same, with positions in blocks for which the chosen channels of all images take block_bytes at most (one position
 * at least); sn_padim_fit_new: 512 MiB. Results do not depend on it. */
void *sn_padim_fit_begin(SnModel *model, const SnFeatures *features, int64_t block_bytes);

bool sn_padim_fit_next(void *fit, SnFitStep *step);

#endif
