/* Arithmetic on elements, and copying between dtypes. */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/map.h"

SN_BINARY(add, a, b, a + b)
SN_BINARY(subtract, a, b, a - b)
SN_BINARY(multiply, a, b, (a * b))
SN_BINARY(divide, a, b, a / b)
SN_UNARY(affine, x, attributes->affine.shift + attributes->affine.scale * x)
SN_UNARY(exp, x, exp(x))
SN_UNARY(log, x, log(x))
SN_UNARY(sqrt, x, sqrt(x))
SN_UNARY(abs, x, fabs(x))

/* d|x|/dx = sign(x), and 0 at 0 (torch.abs). */
SN_BINARY(abs_backward, x, dy, ((x > 0) - (x < 0)) * dy)

bool sn_reference_fill(const SnCall *call) {
  const SnArray *y = call->out[0];
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t left = sn_array_count(y); left > 0; left--, sn_advance(y, index))
    sn_set(y, sn_at(y, index), call->attributes.fill.value);
  return true;
}

/* A double holds every value but a large int64, so those go straight to where they would be rounded wrongly; to uint8
 * they wrap around as in C. */
bool sn_reference_copy(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t left = sn_array_count(y); left > 0; left--, sn_advance(y, index)) {
    int64_t from = sn_at(x, index), to = sn_at(y, index);
    if (x->dtype == SN_INT64 && y->dtype == SN_INT64)
      ((int64_t *)y->data)[to] = ((const int64_t *)x->data)[from];
    else if (x->dtype == SN_INT64 && y->dtype == SN_UINT8)
      ((uint8_t *)y->data)[to] = (uint8_t)((const int64_t *)x->data)[from];
    else if (x->dtype == SN_INT64 && y->dtype == SN_FLOAT32)
      ((float *)y->data)[to] = (float)((const int64_t *)x->data)[from];
    else
      sn_set(y, to, sn_get(x, from));
  }
  return true;
}
