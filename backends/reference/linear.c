/* y[r,o] = bias[o] + sum over i of x[r,i] weight[o,i] (torch.nn.functional.linear). */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_linear(const SnCall *call) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2], *y = call->out[0];
  for (int64_t r = 0; r < y->shape[0]; r++)
    for (int64_t o = 0; o < y->shape[1]; o++) {
      double sum = bias ? sn_get(bias, o * bias->stride[0]) : 0;
      for (int64_t i = 0; i < x->shape[1]; i++)
        sum += sn_get(x, sn_at2(x, r, i)) * sn_get(weight, sn_at2(weight, o, i));
      sn_set(y, sn_at2(y, r, o), sum);
    }
  return true;
}
