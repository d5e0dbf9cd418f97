/* relu, leaky_relu, sigmoid and clamp (torch.nn.functional). Comparisons are written so that NaN passes through. */
#include <math.h>

#include "backends/reference/map.h"

SN_UNARY(relu, x, x <= 0 ? 0 : x)
SN_BINARY(relu_backward, x, dy, x <= 0 ? 0 : dy)

SN_UNARY(leaky_relu, x, x > 0 ? x : attributes->leaky_relu.slope * x)
SN_BINARY(leaky_relu_backward, x, dy, x > 0 ? dy : attributes->leaky_relu.slope * dy)

/* y = 1 / (1 + e^-x), dy/dx = (1 - y) y */
SN_UNARY(sigmoid, x, 1 / (1 + exp(-x)))
SN_BINARY(sigmoid_backward, y, dy, (1 - y) * y * dy)

/* min(max(x, low), high); the gradient passes at low and high themselves, and stops at NaN (torch.clamp). */
static double clamp(double x, double low, double high) {
  double raised = x < low ? low : x;
  return raised > high ? high : raised;
}

SN_UNARY(clamp, x, clamp(x, attributes->clamp.low, attributes->clamp.high))
SN_BINARY(clamp_backward, x, dy, attributes->clamp.low <= x && x <= attributes->clamp.high ? dy : 0)
