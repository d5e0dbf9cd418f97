/* Rows of maps at given positions: position p of a grid H x W over N images is row p / W % H and column p % W of image
 * p / (H W), and a map [N,h,w,C] is interpolated there (backends/bilinear.h). */
#include <math.h>

#include "backends/bilinear.h"
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_gather_positions(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  const int64_t *index = (const int64_t *)call->in[1]->data + call->attributes.gather_positions.first;
  int64_t height = call->attributes.gather_positions.height, width = call->attributes.gather_positions.width;
  for (int64_t r = 0; r < y->shape[0]; r++) {
    int64_t n = index[r] / (height * width);
    bool inside = index[r] >= 0 && n < x->shape[0];
    SnBilinearPlace row = sn_bilinear_place(index[r] / width % height, x->shape[1], height);
    SnBilinearPlace column = sn_bilinear_place(index[r] % width, x->shape[2], width);
    for (int64_t c = 0; c < y->shape[1]; c++) {
      if (!inside) {
        sn_set(y, sn_at2(y, r, c), NAN);
        continue;
      }
      double above = (1 - column.share) * sn_get(x, sn_at4(x, n, row.low, column.low, c)) +
                     column.share * sn_get(x, sn_at4(x, n, row.low, column.high, c));
      double below = (1 - column.share) * sn_get(x, sn_at4(x, n, row.high, column.low, c)) +
                     column.share * sn_get(x, sn_at4(x, n, row.high, column.high, c));
      sn_set(y, sn_at2(y, r, c), (1 - row.share) * above + row.share * below);
    }
  }
  return true;
}
