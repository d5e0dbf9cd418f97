/* y[b,m,n] = addend[b,m,n] + sum over k of a[b,m,k] b[b,k,n] (torch.baddbmm). */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_matmul(const SnCall *call) {
  const SnArray *left = call->in[0], *right = call->in[1], *addend = call->in[2], *y = call->out[0];
  for (int64_t b = 0; b < y->shape[0]; b++)
    for (int64_t m = 0; m < y->shape[1]; m++)
      for (int64_t n = 0; n < y->shape[2]; n++) {
        double sum = addend ? sn_get(addend, sn_at3(addend, b, m, n)) : 0;
        for (int64_t k = 0; k < left->shape[2]; k++)
          sum += sn_get(left, sn_at3(left, b, m, k)) * sn_get(right, sn_at3(right, b, k, n));
        sn_set(y, sn_at3(y, b, m, n), sum);
      }
  return true;
}
