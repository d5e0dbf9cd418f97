#include <math.h>

#include "backends/cpu/rows.h"

static void fill_row(int64_t n, void *const *data, const int64_t *stride, const void *parameters) {
  float value = (float)((const SnAttributes *)parameters)->fill.value, *y = data[0];
  if (stride[0] == 1)
    for (int64_t i = 0; i < n; i++) y[i] = value;
  else
    for (int64_t i = 0; i < n; i++) y[i * stride[0]] = value;
}

bool SN_CPU(fill)(const SnCall *call) { return SN_CPU(elementwise)(call, 0, fill_row); }

SN_BINARY(add, , a + b)
SN_BINARY(subtract, , a - b)
SN_BINARY(multiply, , (a * b))
SN_BINARY(divide, , a / b)

SN_UNARY(affine, float scale = (float)attributes->affine.scale;
         float shift = (float)attributes->affine.shift, (scale * x + shift))
SN_UNARY(exp, , expf(x))
SN_UNARY(log, , logf(x))
SN_UNARY(sqrt, , sqrtf(x))
SN_UNARY(abs, , fabsf(x))
SN_BINARY(abs_backward, , sn_select(a > 0, b, sn_select(a < 0, -b, 0.0f)))

/* As torch.clamp where low > high: high. */
static inline float clamp(float x, float low, float high) {
  float raised = sn_select(x < low, low, x);
  return sn_select(raised > high, high, raised);
}

SN_UNARY(clamp, float low = (float)attributes->clamp.low;
         float high = (float)attributes->clamp.high, clamp(x, low, high))
SN_BINARY(clamp_backward, float low = (float)attributes->clamp.low;
          float high = (float)attributes->clamp.high, sn_select((a >= low) & (a <= high), b, 0.0f))
