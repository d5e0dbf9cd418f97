/* Windows as columns (torch.nn.functional.unfold), zero outside the image:
 *
 *   columns[n, (c kh + k) kw + l, i OW + j] = x[n, c, i stride - padding + k dilation, j stride - padding + l dilation]
 */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"
#include "backends/reference/windows.h"

static int64_t windows(int64_t size, const SnUnfold *options, int direction) {
  return sn_window_count(size, options->kernel[direction], options->stride[direction], options->padding[direction],
                         options->dilation[direction]);
}

bool sn_reference_unfold(const SnCall *call) {
  const SnArray *x = call->in[0], *columns = call->out[0];
  const SnUnfold *options = &call->attributes.unfold;
  int64_t across = windows(x->shape[3], options, 1), kh = options->kernel[0], kw = options->kernel[1];
  for (int64_t n = 0; n < columns->shape[0]; n++)
    for (int64_t cell = 0; cell < columns->shape[1]; cell++)
      for (int64_t window = 0; window < columns->shape[2]; window++) {
        int64_t c = cell / (kh * kw), k = cell / kw % kh, l = cell % kw, i = window / across, j = window % across;
        int64_t h = i * options->stride[0] - options->padding[0] + k * options->dilation[0];
        int64_t w = j * options->stride[1] - options->padding[1] + l * options->dilation[1];
        bool inside = h >= 0 && h < x->shape[2] && w >= 0 && w < x->shape[3];
        sn_set(columns, sn_at3(columns, n, cell, window), inside ? sn_get(x, sn_at4(x, n, c, h, w)) : 0);
      }
  return true;
}

/* dx = sum of dcolumns over the columns that hold this element (torch.nn.functional.fold) */
bool sn_reference_unfold_backward(const SnCall *call) {
  const SnArray *dcolumns = call->in[0], *dx = call->out[0];
  const SnUnfold *options = &call->attributes.unfold;
  int64_t down = windows(dx->shape[2], options, 0), across = windows(dx->shape[3], options, 1);
  int64_t kh = options->kernel[0], kw = options->kernel[1];
  for (int64_t n = 0; n < dx->shape[0]; n++)
    for (int64_t c = 0; c < dx->shape[1]; c++)
      for (int64_t h = 0; h < dx->shape[2]; h++)
        for (int64_t w = 0; w < dx->shape[3]; w++) {
          double sum = 0;
          for (int64_t k = 0; k < kh; k++)
            for (int64_t l = 0; l < kw; l++) {
              int64_t i =
                  sn_window_with_cell(h, k, options->stride[0], options->padding[0], options->dilation[0], down);
              int64_t j =
                  sn_window_with_cell(w, l, options->stride[1], options->padding[1], options->dilation[1], across);
              if (i < 0 || j < 0) continue;
              sum += sn_get(dcolumns, sn_at3(dcolumns, n, (c * kh + k) * kw + l, i * across + j));
            }
          sn_set(dx, sn_at4(dx, n, c, h, w), sum);
        }
  return true;
}
