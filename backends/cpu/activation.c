#include <math.h>

#include "backends/cpu/rows.h"

SN_UNARY(relu, , x <= 0 ? 0.0f : x)
SN_BINARY(relu_backward, , a <= 0 ? 0.0f : b)

/* Both branches are computed before the choice: that is what vectorises. */
static inline float choose(bool positive, float full, float scaled) { return positive ? full : scaled; }

SN_UNARY(leaky_relu, float slope = (float)attributes->leaky_relu.slope, choose(x > 0, x, (slope * x)))
SN_BINARY(leaky_relu_backward, float slope = (float)attributes->leaky_relu.slope, choose(a > 0, b, (slope * b)))

SN_UNARY(sigmoid, , 1.0f / (1.0f + expf(-x)))
SN_BINARY(sigmoid_backward, , (a * (1.0f - a) * b))
