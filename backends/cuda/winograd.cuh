/* 3x3 convolution of float32 by Winograd's algorithm F(m x m, 3x3), m 2 or 4, as the device cpu has it
 * (backends/cpu/winograd.h), for conv2d_fused.cu. */
#ifndef SN_BACKENDS_CUDA_WINOGRAD_CUH
#define SN_BACKENDS_CUDA_WINOGRAD_CUH

#include "backends/cuda/convolution.cuh"

static inline bool sn_cuda_is_winograd(SnConvolutionAlgorithm algorithm) {
  return algorithm == SN_CONVOLUTION_WINOGRAD_2 || algorithm == SN_CONVOLUTION_WINOGRAD_4;
}

/* How the work is cut, by its shape alone. */
typedef struct SnCudaWinogradCut {
  int64_t m, components; /* a tile of y is m x m; one of x, and its transform, have (m + 2)^2 elements */
  int64_t down, along;   /* tiles of an image */
  int64_t chunks, rows;  /* how often; rows of tiles at a time, counted over all images */
} SnCudaWinogradCut;

/* m is the algorithm's; x [N,C,H,W] suits it (sn_cuda_suits_winograd); N may be 0. */
SnCudaWinogradCut sn_cuda_winograd_cut(const SnFusedConv2d *options, const int64_t x[4]);

/* Stride, dilation and groups 1, sizes that can be counted, and a precision that has digits to spare: where factors are
 * rounded, sums of 256 channels of normal numbers are off 1.7 times as far with 2x2 tiles as with windows, and ten
 * times as far with 4x4. So float32 takes both; tf32 2x2, since 4x4 would make it bfloat16; bfloat16 neither. */
bool sn_cuda_suits_winograd(const SnFusedConv2d *options, const int64_t x[4]);

/* The weight [components, out, in] of sn_cuda_transform_weight, and then the convolution. */
int64_t sn_cuda_winograd_weight_count(const SnFusedConv2d *options);
bool sn_cuda_transform_weight(const SnFusedConv2d *options, const float *weight, float *transformed);
bool sn_cuda_convolve_winograd(const SnCudaConvolution *c);

#endif
