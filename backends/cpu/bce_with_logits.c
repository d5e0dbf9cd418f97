#include <math.h>

#include "backends/cpu/rows.h"

SN_BINARY(bce_with_logits, , (a > 0 ? a : 0.0f) - a * b + log1pf(expf(-fabsf(a))))

SN_TERNARY(bce_with_logits_backward, (1.0f / (1.0f + expf(-a)) - b) * c)

bool SN_CPU(bce_with_logits_backward)(const SnCall *call) {
  return SN_CPU(elementwise)(call, 3, bce_with_logits_backward_row);
}
