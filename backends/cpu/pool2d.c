#include <math.h>
#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* A block is one channel of one image. */
typedef struct Pooling {
  SnPool2d options;
  int64_t height, width, rows, columns; /* of the image and of the windows */
  const float *from;
  float *to;
  int64_t *indices;
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

static void max_block(void *context, int64_t plane) {
  const Pooling *p = context;
  const float *x = p->from + plane * p->height * p->width;
  float *y = p->to + plane * p->rows * p->columns;
  int64_t *indices = p->indices + plane * p->rows * p->columns;
  for (int64_t i = 0; i < p->rows; i++) {
    Range down = range_of(i, p->height, &p->options, 0);
    for (int64_t j = 0; j < p->columns; j++) {
      Range along = range_of(j, p->width, &p->options, 1);
      float max = -INFINITY;
      int64_t place = down.start * p->width + along.start;
      for (int64_t h = down.start; h < down.end; h++)
        for (int64_t w = along.start; w < along.end; w++) {
          float value = x[h * p->width + w];
          if (value > max || value != value) {
            max = value;
            place = h * p->width + w;
          }
        }
      y[i * p->columns + j] = max;
      indices[i * p->columns + j] = place;
    }
  }
}

bool sn_cpu_max_pool2d(const SnCall *call) {
  if (!sn_is_float32(call->in[0])) return false;
  Pooling p = describe(call->in[0], call->out[0], call);
  p.indices = call->out[1]->data;
  sn_parallel(planes_of(call->in[0]), max_block, &p);
  return true;
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

bool sn_cpu_max_pool2d_backward(const SnCall *call) {
  if (!sn_is_float32(call->in[0])) return false;
  Pooling p = describe(call->out[0], call->in[0], call);
  p.indices = call->in[1]->data;
  sn_parallel(planes_of(call->out[0]), max_backward_block, &p);
  return true;
}

static double cells(Range down, Range along, bool exclude_padding) {
  if (exclude_padding) return (double)((down.end - down.start) * (along.end - along.start));
  return (double)(down.padded * along.padded);
}

static bool is_empty(Range range) { return range.start >= range.end; }

/* The windows whose column l lies in the image: [first, end) of those in a row. */
static void windows_with_column(const Pooling *p, int64_t l, int64_t *first, int64_t *end) {
  int64_t stride = p->options.stride[1], shift = l - p->options.padding[1];
  *first = shift < 0 ? sn_divide_up(-shift, stride) : 0;
  *end = shift < p->width ? sn_smaller(sn_divide_up(p->width - shift, stride), p->columns) : 0;
}

static void average_block(void *context, int64_t plane) {
  const Pooling *p = context;
  int64_t stride = p->options.stride[1];
  const float *x = p->from + plane * p->height * p->width;
  float *y = p->to + plane * p->rows * p->columns;
  double *restrict sums = sn_scratch();
  for (int64_t i = 0; i < p->rows; i++, y += p->columns) {
    Range down = range_of(i, p->height, &p->options, 0);
    for (int64_t j = 0; j < p->columns; j++) sums[j] = 0;
    for (int64_t h = down.start; h < down.end; h++)
      for (int64_t l = 0; l < p->options.kernel[1]; l++) {
        int64_t first, end;
        windows_with_column(p, l, &first, &end);
        const float *restrict row = x + h * p->width + l - p->options.padding[1];
        if (stride == 1)
          for (int64_t j = first; j < end; j++) sums[j] += (double)row[j];
        else
          for (int64_t j = first; j < end; j++) sums[j] += (double)row[j * stride];
      }
    for (int64_t j = 0; j < p->columns; j++) {
      Range along = range_of(j, p->width, &p->options, 1);
      bool empty = is_empty(down) || is_empty(along);
      y[j] = empty ? 0.0f : (float)(sums[j] / cells(down, along, p->options.exclude_padding));
    }
  }
}

bool sn_cpu_avg_pool2d(const SnCall *call) {
  if (!sn_is_float32(call->in[0])) return false;
  Pooling p = describe(call->in[0], call->out[0], call);
  return sn_parallel_with_scratch(planes_of(call->in[0]), (size_t)p.columns * sizeof(double), average_block, &p);
}

/* Row by row of the image, from the rows of windows that cover it. */
static void average_backward_block(void *context, int64_t plane) {
  const Pooling *p = context;
  int64_t stride = p->options.stride[1];
  const float *dy = p->from + plane * p->rows * p->columns;
  float *dx = p->to + plane * p->height * p->width;
  double *restrict sums = sn_scratch(), *restrict shares = sums + p->width;
  for (int64_t h = 0; h < p->height; h++) {
    for (int64_t w = 0; w < p->width; w++) sums[w] = 0;
    int64_t before = h + p->options.padding[0] - p->options.kernel[0];
    int64_t i = before < 0 ? 0 : before / p->options.stride[0] + 1;
    int64_t end_i = sn_smaller((h + p->options.padding[0]) / p->options.stride[0] + 1, p->rows);
    for (; i < end_i; i++) {
      Range down = range_of(i, p->height, &p->options, 0);
      for (int64_t j = 0; j < p->columns; j++) {
        Range along = range_of(j, p->width, &p->options, 1);
        shares[j] =
            is_empty(along) ? 0 : (double)dy[i * p->columns + j] / cells(down, along, p->options.exclude_padding);
      }
      for (int64_t l = 0; l < p->options.kernel[1]; l++) {
        int64_t first, end;
        windows_with_column(p, l, &first, &end);
        double *restrict row = sums + (l - p->options.padding[1]);
        for (int64_t j = first; j < end; j++) row[j * stride] += shares[j];
      }
    }
    for (int64_t w = 0; w < p->width; w++) dx[h * p->width + w] = (float)sums[w];
  }
}

bool sn_cpu_avg_pool2d_backward(const SnCall *call) {
  if (!sn_is_float32(call->in[0])) return false;
  Pooling p = describe(call->out[0], call->in[0], call);
  return sn_parallel_with_scratch(planes_of(call->out[0]), (size_t)(p.columns + p.width) * sizeof(double),
                                  average_backward_block, &p);
}
