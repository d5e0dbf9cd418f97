/* How far each feature dimension spreads over the training images, before and after what the model makes of it. */
#ifndef SN_STUDIES_FEATURE_SPREAD_H
#define SN_STUDIES_FEATURE_SPREAD_H

#include "anomaly/paper.h"
#include "anomaly/run.h"

/* dimension,before,after: the standard deviations over all positions of all training images. */
bool sn_write_feature_spread(const char *path, const SnRun *run, const SnPaperSpread *spread);

#endif
