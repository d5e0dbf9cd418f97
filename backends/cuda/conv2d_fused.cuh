/* The convolutions of plans: what the backend's table needs of conv2d_fused.cu beside the two kernels. */
#ifndef SN_BACKENDS_CUDA_CONV2D_FUSED_CUH
#define SN_BACKENDS_CUDA_CONV2D_FUSED_CUH

#include "backends/backend.h"

SnConvolutionAlgorithm sn_cuda_conv2d_choose(const SnFusedConv2d *options, const int64_t x[4]);
bool sn_cuda_conv2d_supports(const SnFusedConv2d *options, const int64_t x[4]);
int64_t sn_cuda_conv2d_prepared_count(const SnFusedConv2d *options);

#endif
