/* Pooling (torch.nn.functional.max_pool2d, avg_pool2d). Window (i, j) covers rows i stride - padding to that plus
 * kernel, and columns alike. */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"
#include "backends/reference/windows.h"

/* The part of one window that lies inside the image, in one direction: cells [start, end). `padded` counts the cells
 * inside the image and its padding: the last window can reach beyond even that. */
typedef struct Window {
  int64_t start, end, padded;
} Window;

static Window window_at(int64_t out, int64_t size, const SnPool2d *options, int direction) {
  int64_t padding = options->padding[direction], start = out * options->stride[direction] - padding;
  int64_t end = sn_smaller(start + options->kernel[direction], size + padding);
  return (Window){sn_larger(start, 0), sn_smaller(end, size), end - start};
}

/* y = the largest element; NaN is larger than any number. Padding never wins. */
bool sn_reference_max_pool2d(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0], *indices = call->out[1];
  const SnPool2d *options = &call->attributes.pool2d;
  for (int64_t n = 0; n < y->shape[0]; n++)
    for (int64_t c = 0; c < y->shape[1]; c++)
      for (int64_t i = 0; i < y->shape[2]; i++)
        for (int64_t j = 0; j < y->shape[3]; j++) {
          Window rows = window_at(i, x->shape[2], options, 0), columns = window_at(j, x->shape[3], options, 1);
          double max = -INFINITY;
          int64_t place = rows.start * x->shape[3] + columns.start;
          for (int64_t h = rows.start; h < rows.end; h++)
            for (int64_t w = columns.start; w < columns.end; w++) {
              double value = sn_get(x, sn_at4(x, n, c, h, w));
              if (value > max || isnan(value)) {
                max = value;
                place = h * x->shape[3] + w;
              }
            }
          sn_set(y, sn_at4(y, n, c, i, j), max);
          if (indices) ((int64_t *)indices->data)[sn_at4(indices, n, c, i, j)] = place;
        }
  return true;
}

/* dx = the sum of dy over the windows that took their maximum here */
bool sn_reference_max_pool2d_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *indices = call->in[1], *dx = call->out[0];
  const SnPool2d *options = &call->attributes.pool2d;
  const int64_t *kernel = options->kernel, *stride = options->stride, *padding = options->padding;
  for (int64_t n = 0; n < dx->shape[0]; n++)
    for (int64_t c = 0; c < dx->shape[1]; c++)
      for (int64_t h = 0; h < dx->shape[2]; h++)
        for (int64_t w = 0; w < dx->shape[3]; w++) {
          int64_t i_end = sn_window_end(h, stride[0], padding[0], dy->shape[2]);
          int64_t j_end = sn_window_end(w, stride[1], padding[1], dy->shape[3]);
          double sum = 0;
          for (int64_t i = sn_first_window(h, kernel[0], stride[0], padding[0]); i < i_end; i++)
            for (int64_t j = sn_first_window(w, kernel[1], stride[1], padding[1]); j < j_end; j++) {
              int64_t place = ((const int64_t *)indices->data)[sn_at4(indices, n, c, i, j)];
              if (place == h * dx->shape[3] + w) sum += sn_get(dy, sn_at4(dy, n, c, i, j));
            }
          sn_set(dx, sn_at4(dx, n, c, h, w), sum);
        }
  return true;
}

/* What a window's sum is divided by. */
static double cells(Window rows, Window columns, bool exclude_padding) {
  if (exclude_padding) return (double)((rows.end - rows.start) * (columns.end - columns.start));
  return (double)(rows.padded * columns.padded);
}

/* y = sum of x / cells; 0 of a window wholly in the padding */
bool sn_reference_avg_pool2d(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  const SnPool2d *options = &call->attributes.pool2d;
  for (int64_t n = 0; n < y->shape[0]; n++)
    for (int64_t c = 0; c < y->shape[1]; c++)
      for (int64_t i = 0; i < y->shape[2]; i++)
        for (int64_t j = 0; j < y->shape[3]; j++) {
          Window rows = window_at(i, x->shape[2], options, 0), columns = window_at(j, x->shape[3], options, 1);
          bool empty = rows.start >= rows.end || columns.start >= columns.end;
          double sum = 0;
          for (int64_t h = rows.start; h < rows.end; h++)
            for (int64_t w = columns.start; w < columns.end; w++) sum += sn_get(x, sn_at4(x, n, c, h, w));
          sn_set(y, sn_at4(y, n, c, i, j), empty ? 0 : sum / cells(rows, columns, options->exclude_padding));
        }
  return true;
}

/* dx = sum of dy / cells over the windows that cover this place */
bool sn_reference_avg_pool2d_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *dx = call->out[0];
  const SnPool2d *options = &call->attributes.pool2d;
  const int64_t *kernel = options->kernel, *stride = options->stride, *padding = options->padding;
  for (int64_t n = 0; n < dx->shape[0]; n++)
    for (int64_t c = 0; c < dx->shape[1]; c++)
      for (int64_t h = 0; h < dx->shape[2]; h++)
        for (int64_t w = 0; w < dx->shape[3]; w++) {
          int64_t i_end = sn_window_end(h, stride[0], padding[0], dy->shape[2]);
          int64_t j_end = sn_window_end(w, stride[1], padding[1], dy->shape[3]);
          double sum = 0;
          for (int64_t i = sn_first_window(h, kernel[0], stride[0], padding[0]); i < i_end; i++)
            for (int64_t j = sn_first_window(w, kernel[1], stride[1], padding[1]); j < j_end; j++) {
              Window rows = window_at(i, dx->shape[2], options, 0), columns = window_at(j, dx->shape[3], options, 1);
              sum += sn_get(dy, sn_at4(dy, n, c, i, j)) / cells(rows, columns, options->exclude_padding);
            }
          sn_set(dx, sn_at4(dx, n, c, h, w), sum);
        }
  return true;
}
