/* For each row of x the k rows of the bank at the smallest |x - b|^2 = sum over c of (x[c] - b[c])^2, nearest first.
 * Each round looks for the nearest of those that lie behind the one found before, in the order of distance and then
 * index. */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

static double squared_distance(const SnArray *x, int64_t r, const SnArray *bank, int64_t m) {
  double sum = 0;
  for (int64_t c = 0; c < x->shape[1]; c++) {
    double difference = sn_get(x, sn_at2(x, r, c)) - sn_get(bank, sn_at2(bank, m, c));
    sum += difference * difference;
  }
  return sum;
}

bool sn_reference_nearest_neighbors(const SnCall *call) {
  const SnArray *x = call->in[0], *bank = call->in[1], *indices = call->out[0];
  int64_t *index = indices->data;
  for (int64_t r = 0; r < x->shape[0]; r++) {
    double last = -1;
    int64_t last_index = -1;
    for (int64_t k = 0; k < indices->shape[1]; k++, index++) {
      double nearest = INFINITY;
      *index = -1;
      for (int64_t m = 0; m < bank->shape[0]; m++) {
        double d = squared_distance(x, r, bank, m);
        bool behind = d > last || (d == last && m > last_index);
        if (!behind || !(d < nearest)) continue;
        nearest = d;
        *index = m;
      }
      last = nearest;
      last_index = *index;
    }
  }
  return true;
}
