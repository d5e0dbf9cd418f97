/* Activations and clamp (torch.nn.functional). Comparisons are written so that NaN passes through. */
#include "backends/reference/activations.h"
#include "backends/reference/map.h"

SN_UNARY(relu, x, sn_activated(x, SN_ACTIVATION_RELU, 0))
SN_BINARY(relu_backward, x, dy, x <= 0 ? 0 : dy)

SN_UNARY(leaky_relu, x, sn_activated(x, SN_ACTIVATION_LEAKY_RELU, attributes->leaky_relu.slope))
SN_BINARY(leaky_relu_backward, x, dy, x > 0 ? dy : attributes->leaky_relu.slope * dy)

SN_UNARY(relu6, x, sn_activated(x, SN_ACTIVATION_RELU6, 0))
SN_BINARY(relu6_backward, x, dy, x <= 0 || x >= 6 ? 0 : dy)

/* dy/dx = (1 - y) y */
SN_UNARY(sigmoid, x, sn_activated(x, SN_ACTIVATION_SIGMOID, 0))
SN_BINARY(sigmoid_backward, y, dy, (1 - y) * y * dy)

static double silu_derivative(double x) {
  double s = 1 / (1 + exp(-x));
  return s * (1 + x * (1 - s));
}

SN_UNARY(silu, x, sn_activated(x, SN_ACTIVATION_SILU, 0))
SN_BINARY(silu_backward, x, dy, silu_derivative(x) * dy)

static double gelu_derivative(double x) {
  static const double density_at_0 = 0.39894228040143267794; /* 1 / sqrt(2 pi) */
  return sn_normal_distribution(x) + x * density_at_0 * exp(-x * x / 2);
}

SN_UNARY(gelu, x, sn_activated(x, SN_ACTIVATION_GELU, 0))
SN_BINARY(gelu_backward, x, dy, gelu_derivative(x) * dy)

SN_UNARY(hard_sigmoid, x, sn_activated(x, SN_ACTIVATION_HARD_SIGMOID, 0))
SN_BINARY(hard_sigmoid_backward, x, dy, x <= -3 || x >= 3 ? 0 : dy / 6)

SN_UNARY(hard_swish, x, sn_activated(x, SN_ACTIVATION_HARD_SWISH, 0))
SN_BINARY(hard_swish_backward, x, dy, x <= -3 ? 0 : x >= 3 ? dy : (x / 3 + 0.5) * dy)

/* The gradient passes at low and high themselves, and stops at NaN (torch.clamp). */
SN_UNARY(clamp, x, sn_clamped(x, attributes->clamp.low, attributes->clamp.high))
SN_BINARY(clamp_backward, x, dy, attributes->clamp.low <= x && x <= attributes->clamp.high ? dy : 0)
