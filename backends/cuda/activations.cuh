/* Activations as functions of one number, for kernels of their own and at the end of convolutions. Comparisons are
 * written so that NaN passes through. */
#ifndef SN_BACKENDS_CUDA_ACTIVATIONS_CUH
#define SN_BACKENDS_CUDA_ACTIVATIONS_CUH

#include <math.h>

#include "backends/cuda/launch.cuh"
#include "backends/kernels.h"

/* min(max(x, low), high) */
template <typename T>
__device__ __forceinline__ T sn_cuda_clamp(T x, T low, T high) {
  T raised = x < low ? low : x;
  return raised > high ? high : raised;
}

/* P(X <= x) of a standard normal X. */
template <typename T>
__device__ __forceinline__ T sn_cuda_normal_distribution(T x) {
  return erfc(-x * (T)0.70710678118654752440) / 2;
}

/* slope: of leaky_relu. */
template <typename T>
__device__ __forceinline__ T sn_cuda_activate(T x, SnActivation activation, T slope) {
  switch (activation) {
    case SN_ACTIVATION_RELU:
      return x <= 0 ? 0 : x;
    case SN_ACTIVATION_LEAKY_RELU:
      return x > 0 ? x : slope * x;
    case SN_ACTIVATION_RELU6:
      return sn_cuda_clamp(x, (T)0, (T)6);
    case SN_ACTIVATION_SIGMOID:
      return 1 / (1 + exp(-x));
    case SN_ACTIVATION_SILU:
      return x / (1 + exp(-x));
    case SN_ACTIVATION_GELU:
      return x * sn_cuda_normal_distribution(x);
    case SN_ACTIVATION_HARD_SIGMOID:
      return sn_cuda_clamp(x + 3, (T)0, (T)6) / 6;
    case SN_ACTIVATION_HARD_SWISH:
      return x * (sn_cuda_clamp(x + 3, (T)0, (T)6) / 6);
    default:
      return x;
  }
}

#endif
