/* Activations and clamp. Comparisons are written so that NaN passes through. */
#include "backends/cuda/activations.cuh"
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/strided.cuh"

SN_CUDA_UNARY(relu, x, 0, 0, sn_cuda_activate(x, SN_ACTIVATION_RELU, p))
SN_CUDA_BINARY(relu_backward, x, dy, 0, 0, x <= 0 ? 0 : dy)

SN_CUDA_UNARY(leaky_relu, x, attributes->leaky_relu.slope, 0, sn_cuda_activate(x, SN_ACTIVATION_LEAKY_RELU, p))
SN_CUDA_BINARY(leaky_relu_backward, x, dy, attributes->leaky_relu.slope, 0, x > 0 ? dy : p * dy)

SN_CUDA_UNARY(relu6, x, 0, 0, sn_cuda_activate(x, SN_ACTIVATION_RELU6, p))
SN_CUDA_BINARY(relu6_backward, x, dy, 0, 0, x <= 0 || x >= 6 ? 0 : dy)

SN_CUDA_UNARY(sigmoid, x, 0, 0, sn_cuda_activate(x, SN_ACTIVATION_SIGMOID, p))
SN_CUDA_BINARY(sigmoid_backward, y, dy, 0, 0, (1 - y) * y * dy)

template <typename T>
static __device__ __forceinline__ T silu_derivative(T x) {
  T s = 1 / (1 + exp(-x));
  return s * (1 + x * (1 - s));
}

SN_CUDA_UNARY(silu, x, 0, 0, sn_cuda_activate(x, SN_ACTIVATION_SILU, p))
SN_CUDA_BINARY(silu_backward, x, dy, 0, 0, silu_derivative(x) * dy)

/* p is 1 / sqrt(2 pi), the density at 0. */
template <typename T>
static __device__ __forceinline__ T gelu_derivative(T x, T p) {
  return sn_cuda_normal_distribution(x) + x * p * exp(-x * x / 2);
}

SN_CUDA_UNARY(gelu, x, 0, 0, sn_cuda_activate(x, SN_ACTIVATION_GELU, p))
SN_CUDA_BINARY(gelu_backward, x, dy, 0.39894228040143267794, 0, gelu_derivative(x, p) * dy)

SN_CUDA_UNARY(hard_sigmoid, x, 0, 0, sn_cuda_activate(x, SN_ACTIVATION_HARD_SIGMOID, p))
SN_CUDA_BINARY(hard_sigmoid_backward, x, dy, 0, 0, x <= -3 || x >= 3 ? 0 : dy / 6)

SN_CUDA_UNARY(hard_swish, x, 0, 0, sn_cuda_activate(x, SN_ACTIVATION_HARD_SWISH, p))
SN_CUDA_BINARY(hard_swish_backward, x, dy, 0, 0, x <= -3 ? 0 : x >= 3 ? dy : (x / 3 + (T)0.5) * dy)

SN_CUDA_UNARY(clamp, x, attributes->clamp.low, attributes->clamp.high, sn_cuda_clamp(x, p, q))
SN_CUDA_BINARY(clamp_backward, x, dy, attributes->clamp.low, attributes->clamp.high, p <= x && x <= q ? dy : 0)
