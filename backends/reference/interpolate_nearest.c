/* Output (i, j) is input (floor(i H / OH), floor(j W / OW)); backward adds each gradient where its output came from. */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_interpolate_nearest(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  for (int64_t n = 0; n < y->shape[0]; n++)
    for (int64_t c = 0; c < y->shape[1]; c++)
      for (int64_t i = 0; i < y->shape[2]; i++)
        for (int64_t j = 0; j < y->shape[3]; j++) {
          int64_t h = i * x->shape[2] / y->shape[2], w = j * x->shape[3] / y->shape[3];
          sn_set(y, sn_at4(y, n, c, i, j), sn_get(x, sn_at4(x, n, c, h, w)));
        }
  return true;
}

/* The first of `out` outputs that came from input h of `in`, or the end of them. */
static int64_t first_taker(int64_t h, int64_t in, int64_t out) { return (h * out + in - 1) / in; }

bool sn_reference_interpolate_nearest_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *dx = call->out[0];
  int64_t height = dx->shape[2], width = dx->shape[3], rows = dy->shape[2], columns = dy->shape[3];
  for (int64_t n = 0; n < dx->shape[0]; n++)
    for (int64_t c = 0; c < dx->shape[1]; c++)
      for (int64_t h = 0; h < height; h++)
        for (int64_t w = 0; w < width; w++) {
          double sum = 0;
          for (int64_t i = first_taker(h, height, rows); i < first_taker(h + 1, height, rows); i++)
            for (int64_t j = first_taker(w, width, columns); j < first_taker(w + 1, width, columns); j++)
              sum += sn_get(dy, sn_at4(dy, n, c, i, j));
          sn_set(dx, sn_at4(dx, n, c, h, w), sum);
        }
  return true;
}
