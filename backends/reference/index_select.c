/* Slices by their numbers (torch.index_select): along dimension d, slice r of y is slice index[first + r] of x. Forward
 * copies them; backward adds each slice of dy, in their order, to the slice of dx that it came from. */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

/* Both arrays as [outer, slices, inner]. */
typedef struct Slices {
  int64_t outer, inner, of_x, of_y;
  const int64_t *index;
} Slices;

static Slices slices_of(const SnCall *call, const SnArray *x, const SnArray *y) {
  int dim = call->attributes.index_select.dim;
  const int64_t *index = (const int64_t *)call->in[1]->data + call->attributes.index_select.first;
  Slices s = {.outer = 1, .inner = 1, .of_x = x->shape[dim], .of_y = y->shape[dim], .index = index};
  for (int d = 0; d < dim; d++) s.outer *= x->shape[d];
  for (int d = dim + 1; d < x->ndim; d++) s.inner *= x->shape[d];
  return s;
}

bool sn_reference_index_select(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  Slices s = slices_of(call, x, y);
  for (int64_t o = 0; o < s.outer; o++)
    for (int64_t r = 0; r < s.of_y; r++) {
      bool is_slice = s.index[r] >= 0 && s.index[r] < s.of_x;
      for (int64_t i = 0; i < s.inner; i++)
        sn_set(y, (o * s.of_y + r) * s.inner + i, is_slice ? sn_get(x, (o * s.of_x + s.index[r]) * s.inner + i) : NAN);
    }
  return true;
}

bool sn_reference_index_select_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *dx = call->out[0];
  Slices s = slices_of(call, dx, dy);
  for (int64_t o = 0; o < s.outer; o++)
    for (int64_t n = 0; n < s.of_x; n++)
      for (int64_t i = 0; i < s.inner; i++) {
        double sum = 0;
        for (int64_t r = 0; r < s.of_y; r++)
          if (s.index[r] == n) sum += sn_get(dy, (o * s.of_y + r) * s.inner + i);
        sn_set(dx, (o * s.of_x + n) * s.inner + i, sum);
      }
  return true;
}
