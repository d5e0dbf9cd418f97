/* relu, leaky_relu, sigmoid and clamp. Comparisons are written so that NaN passes through. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/strided.cuh"

SN_CUDA_UNARY(relu, x, 0, 0, x <= 0 ? 0 : x)
SN_CUDA_BINARY(relu_backward, x, dy, 0, 0, x <= 0 ? 0 : dy)

SN_CUDA_UNARY(leaky_relu, x, attributes->leaky_relu.slope, 0, x > 0 ? x : p * x)
SN_CUDA_BINARY(leaky_relu_backward, x, dy, attributes->leaky_relu.slope, 0, x > 0 ? dy : p * dy)

SN_CUDA_UNARY(sigmoid, x, 0, 0, 1 / (1 + exp(-x)))
SN_CUDA_BINARY(sigmoid_backward, y, dy, 0, 0, (1 - y) * y * dy)

template <typename T>
static __device__ __forceinline__ T clamp(T x, T low, T high) {
  T raised = x < low ? low : x;
  return raised > high ? high : raised;
}

SN_CUDA_UNARY(clamp, x, attributes->clamp.low, attributes->clamp.high, clamp(x, p, q))
SN_CUDA_BINARY(clamp_backward, x, dy, attributes->clamp.low, attributes->clamp.high, p <= x && x <= q ? dy : 0)
