/* Rows by their numbers (torch.index_select along dimension 0): y[r] = x[index[first + r]]. */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_index_select(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  const int64_t *index = (const int64_t *)call->in[1]->data + call->attributes.index_select.first;
  for (int64_t r = 0; r < y->shape[0]; r++)
    for (int64_t s = 0; s < y->shape[1]; s++) {
      bool is_row = index[r] >= 0 && index[r] < x->shape[0];
      sn_set(y, sn_at2(y, r, s), is_row ? sn_get(x, sn_at2(x, index[r], s)) : NAN);
    }
  return true;
}
