/* The pooling of PatchCore's released code (Roth et al. 2022), which SimpleNet's took over: the numbers of a position's
 * neighbourhood, one after the other, averaged adaptively to a fixed count. */
#ifndef SN_ANOMALY_ADAPTIVE_POOLING_H
#define SN_ANOMALY_ADAPTIVE_POOLING_H

#include "tensor/tensor.h"

/* level [N,C,h,w] -> [N,dimension,h,w]: each position's patch x patch neighbourhood unfolded channel-major and averaged
 * to `dimension` numbers. */
SnTensor *sn_pool_neighbourhood(SnTensor *level, int64_t patch, int64_t dimension);

/* [N,C,h,w] -> [N,count,h,w]: each position's channels averaged adaptively to `count` numbers. */
SnTensor *sn_pool_channels(SnTensor *level, int64_t count);

#endif
