#ifndef SN_MODELS_MEAN_FEATURE_MEAN_FEATURE_H
#define SN_MODELS_MEAN_FEATURE_MEAN_FEATURE_H

#include "anomaly/method.h"

extern const SnMethod sn_mean_feature;

#endif
