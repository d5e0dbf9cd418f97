#include "backends/cpu/activations.h"

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/rows.h"

SN_UNARY(relu, , sn_select(x <= 0, 0.0f, x))
SN_BINARY(relu_backward, , sn_select(a <= 0, 0.0f, b))

SN_UNARY(leaky_relu, float slope = (float)attributes->leaky_relu.slope, sn_select(x > 0, x, (slope * x)))
SN_BINARY(leaky_relu_backward, float slope = (float)attributes->leaky_relu.slope, sn_select(a > 0, b, (slope * b)))

SN_VECTOR_UNARY(relu6, sn_vector_relu6(x))
SN_BINARY(relu6_backward, , sn_select((a <= 0) | (a >= 6), 0.0f, b))

SN_VECTOR_UNARY(sigmoid, sn_vector_sigmoid(x))
SN_BINARY(sigmoid_backward, , (a * (1.0f - a) * b))

static inline SnVector silu_derivative(SnVector x) {
  SnVector s = sn_vector_sigmoid(x);
  return s * (sn_repeat(1) + x * (sn_repeat(1) - s));
}

SN_VECTOR_UNARY(silu, sn_vector_silu(x))
SN_VECTOR_BINARY(silu_backward, silu_derivative(a) * b)

static inline SnVector gelu_derivative(SnVector x) {
  SnVector density = sn_repeat(0.39894228f) * sn_exponential(sn_repeat(-0.5f) * x * x); /* 1 / sqrt(2 pi) */
  return sn_multiply_add(x, density, sn_normal_distribution(x));
}

SN_VECTOR_UNARY(gelu, sn_vector_gelu(x))
SN_VECTOR_BINARY(gelu_backward, gelu_derivative(a) * b)

SN_VECTOR_UNARY(hard_sigmoid, sn_vector_hard_sigmoid(x))
SN_BINARY(hard_sigmoid_backward, , sn_select((a <= -3) | (a >= 3), 0.0f, (b * (1 / 6.0f))))

SN_VECTOR_UNARY(hard_swish, sn_vector_hard_swish(x))
SN_BINARY(hard_swish_backward, , sn_select(a <= -3, 0.0f, sn_select(a >= 3, b, ((a * (1 / 3.0f) + 0.5f) * b))))

void SN_CPU(activate_all)(SnActivation activation, int64_t count, SnVector x[]) {
  if (activation == SN_ACTIVATION_SILU)
    for (int64_t i = 0; i < count; i++) x[i] = sn_vector_silu(x[i]);
  else
    for (int64_t i = 0; i < count; i++) x[i] = SN_CPU(activate)(activation, x[i]);
}

SnVector SN_CPU(activate)(SnActivation activation, SnVector x) {
  switch (activation) {
    case SN_ACTIVATION_SIGMOID:
      return sn_vector_sigmoid(x);
    case SN_ACTIVATION_SILU:
      return sn_vector_silu(x);
    case SN_ACTIVATION_GELU:
      return sn_vector_gelu(x);
    case SN_ACTIVATION_HARD_SIGMOID:
      return sn_vector_hard_sigmoid(x);
    case SN_ACTIVATION_HARD_SWISH:
      return sn_vector_hard_swish(x);
    default:
      return x;
  }
}
