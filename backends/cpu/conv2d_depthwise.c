/* Depthwise convolution, a filter for each channel: too few products for a matrix.
 *
 * A block of work is some planes. A strip of a plane's rows, with the zeros around them, is copied to where the first
 * cache holds it (padded.h); then a vector of ROWS rows of the result at a time is summed up in registers, so that a
 * vector of the strip is read once for all rows that need it. Where the plane is narrower than a vector, the sums of
 * a strip are brought together first, and finished a vector at a time as well.
 */
#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/padded.h"
#include "backends/cpu/pool.h"

enum { ROWS = 4, STRIP = 6144 /* floats */, BLOCK = 1 << 14 /* outputs */ };

typedef struct Depthwise {
  SnEpilogue epilogue;
  SnPadded padded;
  const float *x, *weight;
  float *y;
  int64_t channels, planes, planes_per_block;
  int64_t rows, columns; /* of the result */
  int64_t kernel[2], stride, dilation[2];
  int64_t strip, lines; /* rows of the result a strip; padded rows that it needs, with ROWS taken whole */
} Depthwise;

/* ---- sums ---- */

/* One vector in each of ROWS rows of the result; `from` is the first cell of the first window. */
static void sum_windows(const Depthwise *d, const float *from, const float *weight, SnVector sum[ROWS]) {
  int64_t pitch = d->padded.step * d->padded.line;
  for (int r = 0; r < ROWS; r++) sum[r] = sn_repeat(0);
  for (int64_t k = 0; k < d->kernel[0]; k++)
    for (int64_t l = 0; l < d->kernel[1]; l++) {
      SnVector factor = sn_repeat(*weight++);
      const float *cell = from + sn_padded_column(&d->padded, l, d->padded.step, d->dilation[1]);
      for (int r = 0; r < ROWS; r++)
        sum[r] = sn_multiply_add(factor, sn_load(cell + (r * d->stride + k * d->dilation[0]) * pitch), sum[r]);
    }
}

/* ---- results ---- */

/* Rows [row, row + rows) of the result's plane; `lines` holds the padded rows that the first window covers and on. */
static void convolve(const Depthwise *d, const float *lines, int64_t plane, int64_t row, int64_t rows, float *sums) {
  int64_t o = plane % d->channels, at = (plane * d->rows + row) * d->columns, columns = d->columns;
  int64_t pitch = d->padded.step * d->padded.line;
  const float *weight = d->weight + o * d->kernel[0] * d->kernel[1];
  bool narrow = columns < SN_LANES;
  for (int64_t i = 0; i < rows; i += ROWS) {
    int64_t count = sn_smaller(ROWS, rows - i);
    for (int64_t j = 0; j < columns; j += SN_LANES) {
      if (!narrow) j = sn_smaller(j, columns - SN_LANES); /* the last again from further left */
      SnVector sum[ROWS];
      sum_windows(d, lines + i * d->stride * pitch + j, weight, sum);
      for (int64_t r = 0, to = i * columns + j; r < count; r++, to += columns)
        if (narrow)
          sn_store(sums + to, sum[r]);
        else
          sn_store(d->y + at + to, sn_finish_vector(&d->epilogue, sum[r], o, at + to));
    }
  }
  if (narrow) sn_finish_line(&d->epilogue, sums, o, at, rows * columns, d->y);
}

/* ---- strips ---- */

static int64_t lines_of(const Depthwise *d, int64_t rows) {
  return (sn_divide_up(rows, ROWS) * ROWS - 1) * d->stride + (d->kernel[0] - 1) * d->dilation[0] + 1;
}

/* A filter of one cell: the plane times a number. */
static void scale_block(void *context, int64_t block) {
  const Depthwise *d = context;
  int64_t area = d->rows * d->columns, end = sn_smaller((block + 1) * d->planes_per_block, d->planes);
  for (int64_t plane = block * d->planes_per_block; plane < end; plane++) {
    int64_t o = plane % d->channels, at = plane * area, last = at + area;
    SnVector factor = sn_repeat(d->weight[o]);
    for (; at + SN_LANES <= last; at += SN_LANES)
      sn_store(d->y + at, sn_finish_vector(&d->epilogue, factor * sn_load(d->x + at), o, at));
    for (; at < last; at++) d->y[at] = sn_finish(&d->epilogue, d->weight[o] * d->x[at], o, at);
  }
}

static void run_block(void *context, int64_t block) {
  const Depthwise *d = context;
  float *lines = sn_scratch(), *sums = lines + SN_CPU(padded_floats)(&d->padded, d->lines);
  int64_t area = d->padded.size[0] * d->padded.size[1], end = (block + 1) * d->planes_per_block;
  for (int64_t plane = block * d->planes_per_block; plane < sn_smaller(end, d->planes); plane++)
    for (int64_t row = 0; row < d->rows; row += d->strip) {
      int64_t rows = sn_smaller(d->strip, d->rows - row);
      SN_CPU(copy_padded)
      (&d->padded, d->x + plane * area, (d->planes - plane) * area, row * d->stride, lines_of(d, rows), lines);
      convolve(d, lines, plane, row, rows, sums);
    }
}

bool SN_CPU(depthwise_takes)(const SnFusedConv2d *options) {
  return options->conv2d.groups == options->in && options->in == options->out;
}

static bool is_scaling(const SnFusedConv2d *options) {
  const SnConv2d *c = &options->conv2d;
  return options->kernel[0] == 1 && options->kernel[1] == 1 && c->stride[0] == 1 && c->stride[1] == 1 &&
         !sn_conv2d_is_padded(c);
}

bool SN_CPU(depthwise_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnConv2d *c = &options->conv2d;
  const SnArray *x = call->in[0], *y = call->out[0];
  if (SN_CPU(depthwise_direct_takes)(options)) return SN_CPU(depthwise_direct_run)(call);
  Depthwise d = {.epilogue = sn_epilogue(call),
                 .padded = SN_CPU(padded)(x->shape + 2, c, options->kernel[1], y->shape[3]),
                 .x = x->data,
                 .weight = call->in[1]->data,
                 .y = y->data,
                 .channels = options->out,
                 .planes = y->shape[0] * options->out,
                 .rows = y->shape[2],
                 .columns = y->shape[3],
                 .kernel = {options->kernel[0], options->kernel[1]},
                 .stride = c->stride[0],
                 .dilation = {c->dilation[0], c->dilation[1]}};
  d.strip = STRIP / (d.padded.step * d.padded.line * d.stride);
  d.strip = sn_smaller(sn_larger(ROWS, d.strip / ROWS * ROWS), d.rows);
  d.lines = lines_of(&d, d.strip);
  d.planes_per_block = sn_larger(1, BLOCK / (d.rows * d.columns));
  int64_t blocks = sn_divide_up(d.planes, d.planes_per_block);
  if (is_scaling(options)) {
    sn_parallel(blocks, scale_block, &d);
    return true;
  }
  int64_t floats =
      SN_CPU(padded_floats)(&d.padded, d.lines) + (d.columns < SN_LANES ? d.strip * d.columns + SN_LANES : 0);
  return sn_parallel_with_scratch(blocks, (size_t)floats * sizeof(float), run_block, &d);
}
