/* What is worth choosing about SimpleNet without labels (tuning/tuner.h). */
#ifndef SN_MODELS_SIMPLENET_TUNE_H
#define SN_MODELS_SIMPLENET_TUNE_H

#include "anomaly/method.h"

extern const SnTuneAxis sn_simplenet_tune[];

#endif
