/* Bilinear interpolation (backends/bilinear.h), columns and rows alike. */
#include "backends/bilinear.h"
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_interpolate_bilinear(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  for (int64_t n = 0; n < y->shape[0]; n++)
    for (int64_t c = 0; c < y->shape[1]; c++)
      for (int64_t i = 0; i < y->shape[2]; i++)
        for (int64_t j = 0; j < y->shape[3]; j++) {
          SnBilinearPlace row = sn_bilinear_place(i, x->shape[2], y->shape[2]);
          SnBilinearPlace column = sn_bilinear_place(j, x->shape[3], y->shape[3]);
          double above = (1 - column.share) * sn_get(x, sn_at4(x, n, c, row.low, column.low)) +
                         column.share * sn_get(x, sn_at4(x, n, c, row.low, column.high));
          double below = (1 - column.share) * sn_get(x, sn_at4(x, n, c, row.high, column.low)) +
                         column.share * sn_get(x, sn_at4(x, n, c, row.high, column.high));
          sn_set(y, sn_at4(y, n, c, i, j), (1 - row.share) * above + row.share * below);
        }
  return true;
}

/* What share of output `out` comes from input `in`. */
static double share_of(int64_t in, int64_t out, int64_t in_size, int64_t out_size) {
  SnBilinearPlace place = sn_bilinear_place(out, in_size, out_size);
  return (place.low == in ? 1 - place.share : 0) + (place.high == in ? place.share : 0);
}

/* The outputs that can take from input `in` have their source between its two neighbours: [first, end), with one to
 * spare at each side for rounding. At the edges there is no neighbour, and all outputs beyond belong. */
static int64_t first_taker(int64_t in, int64_t in_size, int64_t out_size) {
  if (in == 0) return 0;
  return sn_larger((int64_t)(((double)in - 0.5) * (double)out_size / (double)in_size - 0.5) - 1, 0);
}

static int64_t taker_end(int64_t in, int64_t in_size, int64_t out_size) {
  if (in == in_size - 1) return out_size;
  return sn_smaller((int64_t)(((double)in + 1.5) * (double)out_size / (double)in_size - 0.5) + 2, out_size);
}

/* dx = sum of share dy over the outputs that took from this place */
bool sn_reference_interpolate_bilinear_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *dx = call->out[0];
  int64_t height = dx->shape[2], width = dx->shape[3], rows = dy->shape[2], columns = dy->shape[3];
  for (int64_t n = 0; n < dx->shape[0]; n++)
    for (int64_t c = 0; c < dx->shape[1]; c++)
      for (int64_t h = 0; h < height; h++)
        for (int64_t w = 0; w < width; w++) {
          double sum = 0;
          for (int64_t i = first_taker(h, height, rows); i < taker_end(h, height, rows); i++) {
            double row_share = share_of(h, i, height, rows);
            for (int64_t j = first_taker(w, width, columns); j < taker_end(w, width, columns); j++)
              sum += row_share * share_of(w, j, width, columns) * sn_get(dy, sn_at4(dy, n, c, i, j));
          }
          sn_set(dx, sn_at4(dx, n, c, h, w), sum);
        }
  return true;
}
