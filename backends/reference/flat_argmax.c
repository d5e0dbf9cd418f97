/* The place of the first largest number of each row, counted over all rows: r C + argmax over c of x[r,c]. NaN is
 * larger than any number, as in torch.argmax. */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_flat_argmax(const SnCall *call) {
  const SnArray *x = call->in[0], *index = call->out[0];
  for (int64_t r = 0; r < x->shape[0]; r++) {
    int64_t best = 0;
    double largest = sn_get(x, sn_at2(x, r, 0));
    for (int64_t c = 1; c < x->shape[1] && !isnan(largest); c++) {
      double value = sn_get(x, sn_at2(x, r, c));
      if (value <= largest) continue;
      largest = value;
      best = c;
    }
    ((int64_t *)index->data)[r] = r * x->shape[1] + best;
  }
  return true;
}
