/* Adaptive average pooling (torch.nn.functional.adaptive_avg_pool2d): bin i of `bins` covers the cells from
 * floor(i size / bins) to ceil((i + 1) size / bins), of which neighbouring bins may share one or more. */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

/* Where bin i begins, and one past its last cell. Turned round, (cell, bins, size), the same two formulas give the
 * first bin that covers a cell and one past the last that does. */
static int64_t bin_start(int64_t i, int64_t size, int64_t bins) { return i * size / bins; }
static int64_t bin_end(int64_t i, int64_t size, int64_t bins) { return ((i + 1) * size + bins - 1) / bins; }

bool sn_reference_adaptive_avg_pool2d(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  for (int64_t n = 0; n < y->shape[0]; n++)
    for (int64_t c = 0; c < y->shape[1]; c++)
      for (int64_t i = 0; i < y->shape[2]; i++)
        for (int64_t j = 0; j < y->shape[3]; j++) {
          int64_t top = bin_start(i, x->shape[2], y->shape[2]), bottom = bin_end(i, x->shape[2], y->shape[2]);
          int64_t left = bin_start(j, x->shape[3], y->shape[3]), right = bin_end(j, x->shape[3], y->shape[3]);
          double sum = 0;
          for (int64_t h = top; h < bottom; h++)
            for (int64_t w = left; w < right; w++) sum += sn_get(x, sn_at4(x, n, c, h, w));
          sn_set(y, sn_at4(y, n, c, i, j), sum / (double)((bottom - top) * (right - left)));
        }
  return true;
}

/* dx = sum of dy / (cells of the bin) over the bins that cover this place */
bool sn_reference_adaptive_avg_pool2d_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *dx = call->out[0];
  int64_t height = dx->shape[2], width = dx->shape[3], rows = dy->shape[2], columns = dy->shape[3];
  for (int64_t n = 0; n < dx->shape[0]; n++)
    for (int64_t c = 0; c < dx->shape[1]; c++)
      for (int64_t h = 0; h < height; h++)
        for (int64_t w = 0; w < width; w++) {
          double sum = 0;
          for (int64_t i = bin_start(h, rows, height); i < bin_end(h, rows, height); i++)
            for (int64_t j = bin_start(w, columns, width); j < bin_end(w, columns, width); j++) {
              int64_t bin_height = bin_end(i, height, rows) - bin_start(i, height, rows);
              int64_t bin_width = bin_end(j, width, columns) - bin_start(j, width, columns);
              sum += sn_get(dy, sn_at4(dy, n, c, i, j)) / (double)(bin_height * bin_width);
            }
          sn_set(dx, sn_at4(dx, n, c, h, w), sum);
        }
  return true;
}
