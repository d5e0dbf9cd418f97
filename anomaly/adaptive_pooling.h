/* Adaptive pooling, as the code that Roth et al. released with "Towards Total Recall in Industrial Anomaly Detection"
 * (CVPR 2022) has it: the numbers of a position's neighbourhood, one after the other, averaged to a fixed count. */
#ifndef SN_ANOMALY_ADAPTIVE_POOLING_H
#define SN_ANOMALY_ADAPTIVE_POOLING_H

#include "tensor/tensor.h"

/* level [N,C,h,w] -> [N,dimension,h,w]: each position's patch x patch neighbourhood unfolded channel-major and averaged
 * to `dimension` numbers. */
SnTensor *sn_pool_neighbourhood(SnTensor *level, int64_t patch, int64_t dimension);

/* [N,C,h,w] -> [N,count,h,w]: each position's channels averaged adaptively to `count` numbers. */
SnTensor *sn_pool_channels(SnTensor *level, int64_t count);

#endif
