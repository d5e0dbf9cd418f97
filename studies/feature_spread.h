/* Figure 4: how far each feature dimension spreads over the training images, before the adaptor and after it. */
#ifndef SN_STUDIES_FEATURE_SPREAD_H
#define SN_STUDIES_FEATURE_SPREAD_H

#include "models/simplenet/run.h"

/* dimension,before,after: the standard deviations over all positions of all training images. */
bool sn_write_feature_spread(const char *path, const SnRun *run);

#endif
