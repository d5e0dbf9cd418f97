/* Anomalous features, section 3.3 and equation 6: q- = q + e, e ~ N(0, sigma^2) for every entry. */
#ifndef SN_MODELS_SIMPLENET_ANOMALOUS_FEATURES_H
#define SN_MODELS_SIMPLENET_ANOMALOUS_FEATURES_H

#include "models/simplenet/settings.h"
#include "tensor/tensor.h"

/* The noise e [rows, channels] of one training step (numbered from 1). With noise_mix K > 1 each row has its own
 * standard deviation sigma 1.1^k, k drawn uniformly from 0 to K - 1, as the released code can. */
SnTensor *sn_anomalous_noise(const SnSimpleNetSettings *settings, uint64_t seed, SnDtype dtype, int64_t rows,
                             int64_t channels, uint32_t step);

#endif
