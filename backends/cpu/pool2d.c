#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/pool2d_packed.h"
#include "base/memory.h"

/* A block is one channel of one image. */
typedef struct Pooling {
  SnPool2d options;
  int64_t height, width, rows, columns; /* of the image and of the windows */
  const float *from;
  float *to;
  int64_t *indices;
  double *shares; /* [columns]: 1 / the cells that count along each window, 0 where none lies in the image */
} Pooling;

static Pooling describe(const SnArray *image, const SnArray *windows, const SnCall *call) {
  return (Pooling){.options = call->attributes.pool2d,
                   .height = image->shape[2],
                   .width = image->shape[3],
                   .rows = windows->shape[2],
                   .columns = windows->shape[3],
                   .from = call->in[0]->data,
                   .to = call->out[0]->data};
}

static int64_t planes_of(const SnArray *array) { return array->shape[0] * array->shape[1]; }

/* Window `out` covers the cells [start, end) of an image `size` long; `padded` counts those of the padding too. */
typedef struct Range {
  int64_t start, end, padded;
} Range;

static Range range_of(int64_t out, int64_t size, const SnPool2d *options, int direction) {
  int64_t padding = options->padding[direction], start = out * options->stride[direction] - padding;
  int64_t end = sn_smaller(start + options->kernel[direction], size + padding);
  return (Range){sn_larger(start, 0), sn_smaller(end, size), end - start};
}

/* The windows whose column l lies in the image: [first, end) of those in a row. */
static void windows_with_column(const Pooling *p, int64_t l, int64_t *first, int64_t *end) {
  int64_t stride = p->options.stride[1], shift = l - p->options.padding[1];
  *first = shift < 0 ? sn_divide_up(-shift, stride) : 0;
  *end = shift < p->width ? sn_smaller(sn_divide_up(p->width - shift, stride), p->columns) : 0;
}

/* A row of windows at a time, cell by cell: the largest number of each window so far, and where it lies, counted from
 * the window's first cell in the image (at -1 while all were smaller than any number). */
static void max_block(void *context, int64_t plane) {
  const Pooling *p = context;
  int64_t stride = p->options.stride[1];
  float *restrict max = p->to + plane * p->rows * p->columns;
  int64_t *indices = p->indices + plane * p->rows * p->columns;
  int32_t *restrict places = sn_scratch();
  for (int64_t i = 0; i < p->rows; i++, max += p->columns, indices += p->columns) {
    Range down = range_of(i, p->height, &p->options, 0);
    for (int64_t j = 0; j < p->columns; j++) max[j] = -INFINITY;
    for (int64_t j = 0; j < p->columns; j++) places[j] = -1;
    for (int64_t h = down.start; h < down.end; h++)
      for (int64_t l = 0; l < p->options.kernel[1]; l++) {
        int64_t first, end;
        windows_with_column(p, l, &first, &end);
        const float *restrict x = p->from;
        int64_t row = (plane * p->height + h) * p->width + l - p->options.padding[1];
        int32_t place = (int32_t)((h - down.start) * p->width + l);
        for (int64_t j = first; j < end; j++) {
          float value = x[row + j * stride];
          bool better = (value > max[j]) | (value != value);
          int32_t mask = -(int32_t)better;
          max[j] = sn_select(better, value, max[j]);
          places[j] = (place & mask) | (places[j] & ~mask);
        }
      }
    for (int64_t j = 0; j < p->columns; j++) {
      int64_t start = j * stride - p->options.padding[1];
      indices[j] = down.start * p->width + (places[j] < 0 ? sn_larger(start, 0) : start + places[j]);
    }
  }
}

static float larger(float value, float max) { return sn_select((value > max) | (value != value), value, max); }

/* Without indices: down the columns first, then along. */
static void max_values_block(void *context, int64_t plane) {
  const Pooling *p = context;
  int64_t stride = p->options.stride[1];
  const float *x = p->from + plane * p->height * p->width;
  float *restrict max = p->to + plane * p->rows * p->columns, *restrict columns = sn_scratch();
  for (int64_t i = 0; i < p->rows; i++, max += p->columns) {
    Range down = range_of(i, p->height, &p->options, 0);
    for (int64_t w = 0; w < p->width; w++) columns[w] = -INFINITY;
    for (int64_t j = 0; j < p->columns; j++) max[j] = -INFINITY;
    for (int64_t h = down.start; h < down.end; h++) {
      const float *restrict row = x + h * p->width;
      for (int64_t w = 0; w < p->width; w++) columns[w] = larger(row[w], columns[w]);
    }
    for (int64_t l = 0; l < p->options.kernel[1]; l++) {
      int64_t first, end;
      windows_with_column(p, l, &first, &end);
      int64_t shift = l - p->options.padding[1];
      if (stride == 2)
        for (int64_t j = first; j < end; j++) max[j] = larger(columns[shift + j * 2], max[j]);
      else
        for (int64_t j = first; j < end; j++) max[j] = larger(columns[shift + j * stride], max[j]);
    }
  }
}

bool SN_CPU(max_pool2d)(const SnCall *call) {
  if (call->attributes.pool2d.packed) return SN_CPU(max_pool2d_packed)(call);
  if (!sn_is_float32(call->in[0])) return false;
  Pooling p = describe(call->in[0], call->out[0], call);
  if (!call->out[1])
    return sn_parallel_with_scratch(planes_of(call->in[0]), (size_t)p.width * sizeof(float), max_values_block, &p);
  p.indices = call->out[1]->data;
  if ((p.options.kernel[0] + 1) * p.width + p.options.kernel[1] > INT32_MAX) return false;
  return sn_parallel_with_scratch(planes_of(call->in[0]), (size_t)p.columns * sizeof(int32_t), max_block, &p);
}

static void max_backward_block(void *context, int64_t plane) {
  const Pooling *p = context;
  int64_t area = p->height * p->width, windows = p->rows * p->columns;
  const float *dy = p->from + plane * windows;
  const int64_t *indices = p->indices + plane * windows;
  float *dx = p->to + plane * area;
  memset(dx, 0, (size_t)area * sizeof *dx);
  for (int64_t i = 0; i < windows; i++)
    if (indices[i] >= 0 && indices[i] < area) dx[indices[i]] += dy[i];
}

bool SN_CPU(max_pool2d_backward)(const SnCall *call) {
  if (!sn_is_float32(call->in[0])) return false;
  Pooling p = describe(call->out[0], call->in[0], call);
  p.indices = call->in[1]->data;
  sn_parallel(planes_of(call->out[0]), max_backward_block, &p);
  return true;
}

static bool is_empty(Range range) { return range.start >= range.end; }

/* How many cells of a window count, in one direction; the average divides by their product. */
static double counted(Range range, bool exclude_padding) {
  return (double)(exclude_padding ? range.end - range.start : range.padded);
}

/* Windows are summed down their columns first, then along. */
static void average_block(void *context, int64_t plane) {
  const Pooling *p = context;
  int64_t stride = p->options.stride[1];
  const float *x = p->from + plane * p->height * p->width;
  float *y = p->to + plane * p->rows * p->columns;
  double *restrict columns = sn_scratch(), *restrict sums = columns + p->width;
  for (int64_t i = 0; i < p->rows; i++, y += p->columns) {
    Range down = range_of(i, p->height, &p->options, 0);
    double share = is_empty(down) ? 0 : 1 / counted(down, p->options.exclude_padding);
    for (int64_t w = 0; w < p->width; w++) columns[w] = 0;
    for (int64_t j = 0; j < p->columns; j++) sums[j] = 0;
    for (int64_t h = down.start; h < down.end; h++) {
      const float *restrict row = x + h * p->width;
      for (int64_t w = 0; w < p->width; w++) columns[w] += (double)row[w];
    }
    for (int64_t l = 0; l < p->options.kernel[1]; l++) {
      int64_t first, end;
      windows_with_column(p, l, &first, &end);
      int64_t shift = l - p->options.padding[1];
      if (stride == 1)
        for (int64_t j = first; j < end; j++) sums[j] += columns[shift + j];
      else
        for (int64_t j = first; j < end; j++) sums[j] += columns[shift + j * stride];
    }
    for (int64_t j = 0; j < p->columns; j++) y[j] = (float)(sums[j] * (share * p->shares[j]));
  }
}

/* The same for a kernel of 3 and a stride of 1 along, which 3x3 neighbourhoods have: `columns` has the padding on
 * both sides, so that no window is a special one. */
static void average_three_block(void *context, int64_t plane) {
  const Pooling *p = context;
  const float *x = p->from + plane * p->height * p->width;
  float *restrict y = p->to + plane * p->rows * p->columns;
  double *restrict padded = sn_scratch(), *columns = padded + p->options.padding[1];
  for (int64_t j = 0; j < p->columns + 2; j++) padded[j] = 0;
  for (int64_t i = 0; i < p->rows; i++, y += p->columns) {
    Range down = range_of(i, p->height, &p->options, 0);
    double share = is_empty(down) ? 0 : 1 / counted(down, p->options.exclude_padding);
    for (int64_t h = down.start; h < down.end; h++) {
      const float *restrict row = x + h * p->width;
      if (h == down.start)
        for (int64_t w = 0; w < p->width; w++) columns[w] = (double)row[w];
      else
        for (int64_t w = 0; w < p->width; w++) columns[w] += (double)row[w];
    }
    for (int64_t j = 0; j < p->columns; j++)
      y[j] = (float)((padded[j] + padded[j + 1] + padded[j + 2]) * (share * p->shares[j]));
  }
}

/* Row by row of the image: what the rows of windows that cover it give, then spread along. */
static void average_backward_block(void *context, int64_t plane) {
  const Pooling *p = context;
  const SnPool2d *o = &p->options;
  float *dx = p->to + plane * p->height * p->width;
  double *restrict sums = sn_scratch(), *restrict shares = sums + p->width;
  for (int64_t h = 0; h < p->height; h++, dx += p->width) {
    for (int64_t w = 0; w < p->width; w++) sums[w] = 0;
    for (int64_t j = 0; j < p->columns; j++) shares[j] = 0;
    int64_t before = h + o->padding[0] - o->kernel[0], i = before < 0 ? 0 : before / o->stride[0] + 1;
    int64_t end_i = sn_smaller((h + o->padding[0]) / o->stride[0] + 1, p->rows);
    for (; i < end_i; i++) {
      double share = 1 / counted(range_of(i, p->height, o, 0), o->exclude_padding);
      const float *restrict dy = p->from + (plane * p->rows + i) * p->columns;
      for (int64_t j = 0; j < p->columns; j++) shares[j] += share * (double)dy[j];
    }
    for (int64_t j = 0; j < p->columns; j++) shares[j] *= p->shares[j];
    for (int64_t l = 0; l < o->kernel[1]; l++) {
      int64_t first, end;
      windows_with_column(p, l, &first, &end);
      int64_t shift = l - o->padding[1];
      for (int64_t j = first; j < end; j++) sums[shift + j * o->stride[1]] += shares[j];
    }
    for (int64_t w = 0; w < p->width; w++) dx[w] = (float)sums[w];
  }
}

static bool average(const SnArray *image, const SnArray *windows, const SnCall *call, SnBlock body) {
  if (!sn_is_float32(image)) return false;
  Pooling p = describe(image, windows, call);
  double few[512]; /* memory of our own for large images only: plans promise to allocate nothing */
  p.shares = p.columns <= 512 ? few : sn_allocate_unset(p.columns, sizeof *p.shares, "the shares of a pooling");
  if (!p.shares) return false;
  for (int64_t j = 0; j < p.columns; j++) {
    Range along = range_of(j, p.width, &p.options, 1);
    p.shares[j] = is_empty(along) ? 0 : 1 / counted(along, p.options.exclude_padding);
  }
  size_t bytes = (size_t)(p.columns + p.width + 2) * sizeof(double);
  bool done = sn_parallel_with_scratch(planes_of(image), bytes, body, &p);
  if (p.shares != few) free(p.shares);
  return done;
}

bool SN_CPU(avg_pool2d)(const SnCall *call) {
  const SnPool2d *options = &call->attributes.pool2d;
  bool three = options->kernel[1] == 3 && options->stride[1] == 1;
  return average(call->in[0], call->out[0], call, three ? average_three_block : average_block);
}

bool SN_CPU(avg_pool2d_backward)(const SnCall *call) {
  return average(call->out[0], call->in[0], call, average_backward_block);
}
