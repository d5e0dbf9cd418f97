/* Ways to compute y = activation(conv2d(x, weight) + bias + residual), for conv2d.cu and conv2d_fused.cu. */
#ifndef SN_BACKENDS_CUDA_CONVOLUTION_CUH
#define SN_BACKENDS_CUDA_CONVOLUTION_CUH

#include "backends/cuda/context.cuh"

typedef struct SnCudaConvolution {
  SnFusedConv2d options; /* `algorithm` is not read */
  SnDtype dtype;
  int64_t images, height, width, rows, columns; /* of x, and of y */
  const void *x, *weight, *bias, *residual;     /* bias and residual: or NULL */
  void *y;
} SnCudaConvolution;

/* An element of y a thread, in plain loops; the weight as it is. Every shape, float32 and float64. */
bool sn_cuda_convolve_direct(const SnCudaConvolution *c);

/* 1x1 without padding and strides, in one group: the image is the matrix, and cuBLAS multiplies. */
bool sn_cuda_is_pointwise(const SnFusedConv2d *options);
bool sn_cuda_convolve_pointwise(const SnCudaConvolution *c);

/* A filter for each channel, float32; the weight as it is. */
bool sn_cuda_suits_depthwise(const SnFusedConv2d *options, const int64_t x[4]);
bool sn_cuda_convolve_depthwise(const SnCudaConvolution *c);

/* In tiles (tiles.cuh), float32: the weight [out, taps, in / groups] of sn_cuda_arrange_weight, and `partial` of
 * sn_cuda_tiles_bytes (0: NULL) bytes of device memory. */
bool sn_cuda_suits_tiles(const SnFusedConv2d *options, const int64_t x[4]);
size_t sn_cuda_tiles_bytes(const SnCudaConvolution *c);
bool sn_cuda_convolve_tiles(const SnCudaConvolution *c, float *partial);
bool sn_cuda_arrange_weight(const SnFusedConv2d *options, const float *weight, float *arranged);

static inline int64_t sn_cuda_weight_count(const SnFusedConv2d *options) {
  return options->out * (options->in / options->conv2d.groups) * options->kernel[0] * options->kernel[1];
}

/* After a matrix product that could not do it: y = activation(y + bias + residual). */
bool sn_cuda_finish_convolution(const SnCudaConvolution *c);

#endif
