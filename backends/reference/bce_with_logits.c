/* Binary cross-entropy of a logit x and a target t (torch.nn.functional.binary_cross_entropy_with_logits):
 *
 *   -t log s(x) - (1 - t) log(1 - s(x)) = max(x, 0) - x t + log(1 + e^-|x|)     s(x) = 1 / (1 + e^-x)
 *
 * The right-hand side overflows nowhere. The derivative by x is s(x) - t.
 */
#include <math.h>

#include "backends/reference/map.h"

SN_BINARY(bce_with_logits, x, t, fmax(x, 0) - x * t + log1p(exp(-fabs(x))))
SN_TERNARY(bce_with_logits_backward, x, t, dy, (1 / (1 + exp(-x)) - t) * dy)
