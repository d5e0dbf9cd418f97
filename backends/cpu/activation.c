#include <math.h>

#include "backends/cpu/rows.h"

SN_UNARY(relu, , sn_select(x <= 0, 0.0f, x))
SN_BINARY(relu_backward, , sn_select(a <= 0, 0.0f, b))

SN_UNARY(leaky_relu, float slope = (float)attributes->leaky_relu.slope, sn_select(x > 0, x, (slope * x)))
SN_BINARY(leaky_relu_backward, float slope = (float)attributes->leaky_relu.slope, sn_select(a > 0, b, (slope * b)))

SN_UNARY(sigmoid, , 1.0f / (1.0f + expf(-x)))
SN_BINARY(sigmoid_backward, , (a * (1.0f - a) * b))
