/* Two layouts. Rows [R,C,1]: a block is some rows, and a row is a run of vectors. Channels [N,C,S]: a block is some
 * positions of an image, a lane each, which stay in the second cache for the three times that they are read. Sums of
 * float32 are of few numbers each, and those are added in double precision, or, by lanes, a second time in float32. */
#include <math.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/vector.h"

enum { BLOCK = 4096, PIECE = 512, WIDTH = 4 * SN_LANES, FEW = 32, PARTS = 16 };

typedef struct LayerNorm {
  const float *x, *dy, *weight, *bias;
  float *y, *dx, *dweight, *dbias;
  int64_t images, channels, positions; /* rows are images of one position */
  int64_t per_block, parts;            /* rows a block; or blocks an image */
  double eps;
} LayerNorm;

static double add_lanes(SnVector sum) {
  double total = 0;
  for (int l = 0; l < SN_LANES; l++) total += (double)sum[l];
  return total;
}

/* ---- rows ---- */

/* Sum of (x - shift), or of its squares. */
SN_INLINE double sum_of(const bool squares, const float *x, int64_t n, float shift) {
  double total = 0;
  SnVector mean = sn_repeat(shift);
  int64_t i = 0;
  while (i + SN_LANES <= n) {
    SnVector sum = sn_repeat(0);
    for (int64_t end = sn_smaller(i + PIECE, n); i + SN_LANES <= end; i += SN_LANES) {
      SnVector d = sn_load(x + i) - mean;
      sum = squares ? sn_multiply_add(d, d, sum) : sum + d;
    }
    total += add_lanes(sum);
  }
  for (; i < n; i++) {
    double d = (double)(x[i] - shift);
    total += squares ? d * d : d;
  }
  return total;
}

typedef struct Statistics {
  float mean, inverse_std;
} Statistics;

/* The mean is rounded before the variance is taken about it, as in the result. */
static Statistics statistics(const LayerNorm *l, const float *x) {
  float first = *x, mean = first + (float)(sum_of(false, x, l->channels, first) / (double)l->channels);
  double variance = sum_of(true, x, l->channels, mean) / (double)l->channels;
  return (Statistics){mean, (float)(1 / sqrt(variance + l->eps))};
}

static void normalise_row(const LayerNorm *l, const float *restrict x, float *restrict y) {
  Statistics own = statistics(l, x);
  const float *restrict weight = l->weight, *restrict bias = l->bias;
  float mean = own.mean, scale = own.inverse_std;
  for (int64_t c = 0; c < l->channels; c++) y[c] = (x[c] - mean) * scale;
  for (int64_t c = 0; weight && c < l->channels; c++) y[c] *= weight[c];
  for (int64_t c = 0; bias && c < l->channels; c++) y[c] += bias[c];
}

static void rows_block(void *context, int64_t block) {
  const LayerNorm *l = context;
  int64_t end = sn_smaller((block + 1) * l->per_block, l->images);
  for (int64_t r = block * l->per_block; r < end; r++) normalise_row(l, l->x + r * l->channels, l->y + r * l->channels);
}

/* ---- channels ---- */

/* The sum over channels of (x - shift), or of its squares, for SN_LANES positions. */
SN_INLINE SnVector sum_down(const bool squares, const float *x, int64_t channels, int64_t pitch, SnVector shift) {
  SnVector total = sn_repeat(0);
  for (int64_t c = 0; c < channels;) {
    SnVector sum = sn_repeat(0);
    for (int64_t end = sn_smaller(c + FEW, channels); c < end; c++) {
      SnVector d = sn_load(x + c * pitch) - shift;
      sum = squares ? sn_multiply_add(d, d, sum) : sum + d;
    }
    total += sum;
  }
  return total;
}

/* SN_LANES positions of all channels, `pitch` apart. */
static void normalise_lanes(const LayerNorm *l, const float *x, float *y, int64_t pitch) {
  SnVector count = sn_repeat((float)l->channels), first = sn_load(x), scale;
  SnVector mean = first + sum_down(false, x, l->channels, pitch, first) / count;
  SnVector variance = sum_down(true, x, l->channels, pitch, mean) / count;
  for (int i = 0; i < SN_LANES; i++) scale[i] = (float)(1 / sqrt((double)variance[i] + l->eps));
  for (int64_t c = 0; c < l->channels; c++) {
    SnVector value = (sn_load(x + c * pitch) - mean) * scale;
    if (l->weight) value *= sn_repeat(l->weight[c]);
    if (l->bias) value += sn_repeat(l->bias[c]);
    sn_store(y + c * pitch, value);
  }
}

/* Positions that fill no vector, with room for one. */
static void normalise_rest(const LayerNorm *l, const float *x, float *y, int64_t count) {
  float *in = sn_scratch(), *out = in + l->channels * SN_LANES;
  for (int64_t c = 0; c < l->channels; c++)
    for (int64_t i = 0; i < SN_LANES; i++) in[c * SN_LANES + i] = i < count ? x[c * l->positions + i] : 0;
  normalise_lanes(l, in, out, SN_LANES);
  for (int64_t c = 0; c < l->channels; c++)
    for (int64_t i = 0; i < count; i++) y[c * l->positions + i] = out[c * SN_LANES + i];
}

static void channels_block(void *context, int64_t block) {
  const LayerNorm *l = context;
  int64_t image = block / l->parts, at = block % l->parts * WIDTH, end = sn_smaller(at + WIDTH, l->positions);
  const float *x = l->x + image * l->channels * l->positions;
  float *y = l->y + image * l->channels * l->positions;
  for (; at + SN_LANES <= end; at += SN_LANES) normalise_lanes(l, x + at, y + at, l->positions);
  if (at < end) normalise_rest(l, x + at, y + at, end - at);
}

static const float *floats(const SnArray *array) { return array ? array->data : NULL; }

bool SN_CPU(layer_norm)(const SnCall *call) {
  const SnArray *x = call->in[0];
  LayerNorm l = {.x = x->data,
                 .weight = floats(call->in[1]),
                 .bias = floats(call->in[2]),
                 .y = call->out[0]->data,
                 .images = x->shape[0],
                 .channels = x->shape[1],
                 .positions = x->shape[2],
                 .eps = call->attributes.layer_norm.eps};
  if (!sn_is_float32(x)) return false;
  if (sn_array_count(x) == 0) return true;
  if (l.positions == 1) {
    l.per_block = sn_larger(1, BLOCK / l.channels);
    sn_parallel(sn_divide_up(l.images, l.per_block), rows_block, &l);
    return true;
  }
  l.parts = sn_divide_up(l.positions, WIDTH);
  size_t scratch = (size_t)(2 * l.channels * SN_LANES) * sizeof(float);
  return sn_parallel_with_scratch(l.images * l.parts, scratch, channels_block, &l);
}

/* ---- gradients of rows ---- */

/* dx of a row; its dy and dy xn go into the sums of the block, [2, C]. */
static void backward_row(const LayerNorm *l, int64_t r, double *restrict sums) {
  const float *restrict x = l->x + r * l->channels, *restrict dy = l->dy + r * l->channels;
  float *restrict dx = l->dx + r * l->channels;
  Statistics own = statistics(l, x);
  double sum = 0, product = 0, inverse_std = (double)own.inverse_std, count = (double)l->channels;
  for (int64_t c = 0; c < l->channels; c++) {
    double g = (double)dy[c], xn = (double)(x[c] - own.mean) * inverse_std,
           h = l->weight ? g * (double)l->weight[c] : g;
    sum += h;
    product += h * xn;
    sums[c] += g * xn;
    sums[l->channels + c] += g;
  }
  for (int64_t c = 0; c < l->channels; c++) {
    double xn = (double)(x[c] - own.mean) * inverse_std, h = (double)dy[c] * (l->weight ? (double)l->weight[c] : 1);
    dx[c] = (float)(inverse_std * (h - sum / count - xn * product / count));
  }
}

static void backward_block(void *context, int64_t block) {
  const LayerNorm *l = context;
  double *sums = (double *)sn_shared_scratch() + block * 2 * l->channels;
  for (int64_t c = 0; c < 2 * l->channels; c++) sums[c] = 0;
  for (int64_t r = sn_part(l->images, l->parts, block); r < sn_part(l->images, l->parts, block + 1); r++)
    backward_row(l, r, sums);
}

/* A block is some channels, of which the blocks' sums are added in order. */
static void add_block(void *context, int64_t block) {
  const LayerNorm *l = context;
  const double *sums = sn_shared_scratch();
  int64_t end = sn_smaller((block + 1) * PIECE, l->channels);
  for (int64_t c = block * PIECE; c < end; c++) {
    double dweight = 0, dbias = 0;
    for (int64_t p = 0; p < l->parts; p++) {
      dweight += sums[p * 2 * l->channels + c];
      dbias += sums[(p * 2 + 1) * l->channels + c];
    }
    l->dweight[c] = (float)dweight;
    l->dbias[c] = (float)dbias;
  }
}

bool SN_CPU(layer_norm_backward)(const SnCall *call) {
  const SnArray *x = call->in[1];
  LayerNorm l = {.dy = call->in[0]->data,
                 .x = x->data,
                 .weight = floats(call->in[2]),
                 .dx = call->out[0]->data,
                 .dweight = call->out[1]->data,
                 .dbias = call->out[2]->data,
                 .images = x->shape[0],
                 .channels = x->shape[1],
                 .eps = call->attributes.layer_norm.eps};
  if (!sn_is_float32(x)) return false;
  l.parts = sn_smaller(l.images, PARTS);
  SnPhase phases[] = {{l.parts, backward_block}, {sn_divide_up(l.channels, PIECE), add_block}};
  return sn_parallel_phases(2, phases, 0, (size_t)(l.parts * 2 * l.channels + 1) * sizeof(double), &l);
}
