/* Depthwise convolution straight from the image, for square kernels of 3, 5 and 7 and strides of 1 and 2.
 *
 * A vector of a few rows of the result is summed up in registers. Cells beyond the image are lanes that are not read
 * (lanes.h) and rows that are passed over, so nothing is copied, and no vector waits for numbers that were just stored
 * in other pieces. Sums are those of conv2d_depthwise.c, in the same order. */
#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/lanes.h"
#include "backends/cpu/pool.h"

/* Rows of the result at once, as many as the registers hold; images of 7 2^n rows come out even. */
enum { ROWS = 7, BLOCK = 1 << 14 /* outputs */, MOST = 7 /* cells along a kernel */ };

/* Which lanes of a vector of the image, of two where the stride is 2, exist in a kernel's column. */
typedef struct Column {
  SnLanes left, right;
} Column;

typedef struct Direct {
  SnEpilogue epilogue;
  const float *x, *weight;
  float *y;
  int64_t channels, planes, planes_per_block;
  int64_t size[2], out[2], padding[2]; /* of a plane of x and of y; above and to the left of x */
  int64_t kernel, stride, vectors;     /* vectors: of a row of y */
} Direct;

SN_INLINE SnVector load_column(const float *from, const int64_t stride, const Column *column) {
  SnVector left = sn_load_lanes(from, column->left);
  return stride == 1 ? left : sn_even(left, sn_load_lanes(from + SN_LANES, column->right));
}

/* One vector in each of `rows` rows of the result. `from` is the first cell of the first window, and rows [first, end)
 * below it are in the image; of several rows no more than half of a kernel's are not. */
SN_INLINE void sum_windows(const int kernel, const int stride, const int rows, const float *from, int64_t pitch,
                           int64_t first, int64_t end, const Column *columns, const float *weight, SnVector sum[]) {
  const int all = (rows - 1) * stride + kernel, half = rows > 1 ? kernel / 2 : kernel;
  SN_UNROLLED
  for (int r = 0; r < rows; r++) sum[r] = sn_repeat(0);
  SN_UNROLLED
  for (int l = 0; l < kernel; l++) {
    const float *row = from + l;
    Column column = columns[l];
    SnVector factor[MOST];
    SN_UNROLLED
    for (int k = 0; k < kernel; k++) factor[k] = sn_repeat(weight[k * kernel + l]);
    SN_UNROLLED
    for (int m = 0; m < all; m++, row += pitch) {
      __asm__("" : "+r"(row)); /* or all rows' places are worked out beforehand, and kept in memory */
      if ((m < half && m < first) || (m >= all - half && m >= end)) continue;
      SnVector x = load_column(row, stride, &column);
      SN_UNROLLED
      for (int r = 0; r < rows; r++)
        if (m >= r * stride && m < r * stride + kernel) sum[r] = sn_multiply_add(factor[m - r * stride], x, sum[r]);
    }
  }
}

SN_INLINE void finish(const Direct *d, const int rows, SnVector sum[], int64_t o, int64_t at, SnLanes lanes) {
  const SnEpilogue *e = &d->epilogue;
  const int64_t pitch = d->out[1];
  if (e->bias) {
    SnVector bias = sn_repeat(e->bias[o]);
    SN_UNROLLED
    for (int r = 0; r < rows; r++) sum[r] += bias;
  }
  if (e->residual) {
    SN_UNROLLED
    for (int r = 0; r < rows; r++) sum[r] += sn_load_lanes(e->residual + at + r * pitch, lanes);
  }
  sn_activate_vectors(e->activation, e->slope, rows, sum);
  float *y = d->y + at;
  SN_UNROLLED
  for (int r = 0; r < rows; r++, y += pitch) sn_store_lanes(y, lanes, sum[r]);
}

/* Rows [row, row + rows) of a plane of the result. */
SN_INLINE void convolve(const Direct *d, const int kernel, const int stride, const int rows, const Column *columns,
                        int64_t plane, int64_t o, int64_t row) {
  int64_t width = d->size[1], top = row * stride - d->padding[0];
  const float *from = d->x + (plane * d->size[0] + top) * width - d->padding[1];
  const float *weight = d->weight + o * kernel * kernel;
  int64_t at = (plane * d->out[0] + row) * d->out[1];
  for (int64_t v = 0; v < d->vectors; v++, from += stride * SN_LANES, at += SN_LANES, columns += kernel) {
    SnVector sum[ROWS];
    sum_windows(kernel, stride, rows, from, width, -top, d->size[0] - top, columns, weight, sum);
    finish(d, rows, sum, o, at, sn_lanes(0, d->out[1] - v * SN_LANES));
  }
}

/* ROWS rows at once, but for those at which too much of the windows is not in the image, and the last. */
SN_INLINE void convolve_plane(const Direct *d, const int kernel, const int stride, const Column *columns,
                              int64_t plane) {
  int64_t o = plane % d->channels, row = 0;
  while (row < d->out[0]) {
    int64_t top = row * stride - d->padding[0], end = top + (ROWS - 1) * stride + kernel;
    if (row + ROWS <= d->out[0] && -top <= kernel / 2 && end - d->size[0] <= kernel / 2) {
      convolve(d, kernel, stride, ROWS, columns, plane, o, row);
      row += ROWS;
    } else {
      convolve(d, kernel, stride, 1, columns, plane, o, row++);
    }
  }
}

static void find_columns(const Direct *d, Column *columns) {
  for (int64_t v = 0; v < d->vectors; v++)
    for (int64_t l = 0; l < d->kernel; l++, columns++) {
      int64_t left = v * SN_LANES * d->stride - d->padding[1] + l;
      columns->left = sn_lanes(-left, d->size[1] - left);
      columns->right = sn_lanes(-left - SN_LANES, d->size[1] - left - SN_LANES);
    }
}

#define CASE(kernel, stride)                                                                             \
  case kernel * 2 + stride:                                                                              \
    for (int64_t plane = first; plane < end; plane++) convolve_plane(d, kernel, stride, columns, plane); \
    break;

static void run_block(void *context, int64_t block) {
  const Direct *d = context;
  int64_t first = block * d->planes_per_block, end = sn_smaller(first + d->planes_per_block, d->planes);
  Column *columns = sn_scratch();
  find_columns(d, columns);
  switch (d->kernel * 2 + d->stride) {
    CASE(3, 1)
    CASE(3, 2)
    CASE(5, 1)
    CASE(5, 2)
    CASE(7, 1)
    CASE(7, 2)
    default:
      break;
  }
}

bool SN_CPU(depthwise_direct_takes)(const SnFusedConv2d *options) {
  const SnConv2d *c = &options->conv2d;
  int64_t kernel = options->kernel[0], stride = c->stride[0];
  return options->kernel[1] == kernel && c->stride[1] == stride && c->dilation[0] == 1 && c->dilation[1] == 1 &&
         stride <= 2 && kernel >= 3 && kernel <= MOST && kernel % 2 == 1;
}

bool SN_CPU(depthwise_direct_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnConv2d *c = &options->conv2d;
  const SnArray *x = call->in[0], *y = call->out[0];
  Direct d = {.epilogue = sn_epilogue(call),
              .x = x->data,
              .weight = call->in[1]->data,
              .y = y->data,
              .channels = options->out,
              .planes = y->shape[0] * options->out,
              .size = {x->shape[2], x->shape[3]},
              .out = {y->shape[2], y->shape[3]},
              .padding = {c->padding[0], c->padding[1]},
              .kernel = options->kernel[0],
              .stride = c->stride[0],
              .vectors = sn_divide_up(y->shape[3], SN_LANES)};
  d.planes_per_block = sn_larger(1, BLOCK / (d.out[0] * d.out[1]));
  return sn_parallel_with_scratch(sn_divide_up(d.planes, d.planes_per_block),
                                  (size_t)(d.vectors * d.kernel) * sizeof(Column), run_block, &d);
}
