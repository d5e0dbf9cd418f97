#include <math.h>
#include <stdlib.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "base/memory.h"

/* Two layouts. Planes [N,C,S]: a block is a channel, which is read and written while it is in the cache. Rows [N,C,1]:
 * a block is some rows; each keeps two sums a channel, which are then added up block by block. Sums are double; those
 * of x are of its distance from the channel's first value, so that a large mean costs no digits. */
typedef struct BatchNorm {
  int64_t images, channels, positions, rows_per_block, blocks;
  double count;
  const float *x, *dy, *weight, *bias;
  float *running_mean, *running_var, *y, *mean, *inverse_std, *dx, *dweight, *dbias;
  double eps, momentum;
  bool training;
  double *sums;                  /* [blocks, 2, C], of rows */
  float *scale, *shift, *centre; /* [C], of rows */
} BatchNorm;

static float or_one(const float *weight, int64_t c) { return weight ? weight[c] : 1; }
static float or_zero(const float *bias, int64_t c) { return bias ? bias[c] : 0; }

static float *floats(const SnArray *array) { return array ? array->data : NULL; }

/* Eight sums in flight, added in a fixed order at the end. */
enum { LANES = 8 };

static double total(const double lanes[LANES]) {
  double sum = 0;
  for (int l = 0; l < LANES; l++) sum += lanes[l];
  return sum;
}

static void add_deviations(const float *restrict x, int64_t n, double first, double *restrict sum,
                           double *restrict squares) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int l = 0; l < LANES; l++) {
      double d = (double)x[i + l] - first;
      sum[l] += d;
      squares[l] += d * d;
    }
  for (; i < n; i++) {
    double d = (double)x[i] - first;
    sum[0] += d;
    squares[0] += d * d;
  }
}

static void add_gradients(const float *restrict dy, const float *restrict x, int64_t n, double mean,
                          double *restrict sum, double *restrict products) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int l = 0; l < LANES; l++) {
      double g = (double)dy[i + l];
      sum[l] += g;
      products[l] += g * ((double)x[i + l] - mean);
    }
  for (; i < n; i++) {
    sum[0] += (double)dy[i];
    products[0] += (double)dy[i] * ((double)x[i] - mean);
  }
}

/* From the sums of (x - first) and (x - first)^2 in training, from the running statistics otherwise. */
static void set_statistics(const BatchNorm *b, int64_t c, double first, double sum, double squares) {
  double mean, variance;
  if (b->training) {
    double shift = b->count > 0 ? sum / b->count : 0;
    mean = first + shift;
    variance = b->count > 0 ? fmax(squares / b->count - shift * shift, 0) : 0;
    if (isnan(squares)) variance = squares;
    if (b->count > 0 && b->running_mean)
      b->running_mean[c] = (float)((1 - b->momentum) * (double)b->running_mean[c] + b->momentum * mean);
    if (b->count > 0 && b->running_var)
      b->running_var[c] =
          (float)((1 - b->momentum) * (double)b->running_var[c] + b->momentum * (variance * b->count / (b->count - 1)));
  } else {
    mean = (double)b->running_mean[c];
    variance = (double)b->running_var[c];
  }
  b->mean[c] = (float)mean;
  b->inverse_std[c] = (float)(1 / sqrt(variance + b->eps));
}

static void normalise_planes(void *context, int64_t c) {
  const BatchNorm *b = context;
  double sum[LANES] = {0}, squares[LANES] = {0}, first = b->images > 0 ? (double)b->x[c * b->positions] : 0;
  for (int64_t n = 0; b->training && n < b->images; n++)
    add_deviations(b->x + (n * b->channels + c) * b->positions, b->positions, first, sum, squares);
  set_statistics(b, c, first, total(sum), total(squares));
  float mean = b->mean[c], scale = b->inverse_std[c] * or_one(b->weight, c), shift = or_zero(b->bias, c);
  for (int64_t n = 0; n < b->images; n++) {
    const float *restrict x = b->x + (n * b->channels + c) * b->positions;
    float *restrict y = b->y + (n * b->channels + c) * b->positions;
    for (int64_t s = 0; s < b->positions; s++) y[s] = (x[s] - mean) * scale + shift;
  }
}

static void row_statistics(void *context, int64_t block) {
  const BatchNorm *b = context;
  double *restrict sum = b->sums + block * 2 * b->channels, *restrict squares = sum + b->channels;
  const float *restrict first = b->x;
  int64_t end = sn_smaller((block + 1) * b->rows_per_block, b->images);
  for (int64_t n = block * b->rows_per_block; n < end; n++) {
    const float *restrict x = b->x + n * b->channels;
    for (int64_t c = 0; c < b->channels; c++) {
      double d = (double)x[c] - (double)first[c];
      sum[c] += d;
      squares[c] += d * d;
    }
  }
}

static void normalise_rows(void *context, int64_t block) {
  const BatchNorm *b = context;
  const float *restrict mean = b->mean, *restrict scale = b->scale, *restrict shift = b->shift;
  int64_t end = sn_smaller((block + 1) * b->rows_per_block, b->images);
  for (int64_t n = block * b->rows_per_block; n < end; n++) {
    const float *restrict x = b->x + n * b->channels;
    float *restrict y = b->y + n * b->channels;
    for (int64_t c = 0; c < b->channels; c++) y[c] = (x[c] - mean[c]) * scale[c] + shift[c];
  }
}

/* Both sums of channel c over all blocks, in their order. */
static void add_blocks(const BatchNorm *b, int64_t c, double *first, double *second) {
  *first = *second = 0;
  for (int64_t block = 0; block < b->blocks; block++) {
    *first += b->sums[block * 2 * b->channels + c];
    *second += b->sums[(block * 2 + 1) * b->channels + c];
  }
}

static void cut_rows(BatchNorm *b) {
  b->rows_per_block = sn_larger(16, sn_divide_up(b->images, 32));
  b->blocks = sn_divide_up(b->images, b->rows_per_block);
}

static bool prepare_rows(BatchNorm *b) {
  cut_rows(b);
  b->sums = sn_allocate(b->blocks * 2 * b->channels, sizeof *b->sums, "the sums of a BatchNorm");
  b->scale = sn_allocate(3 * b->channels, sizeof *b->scale, "the factors of a BatchNorm");
  b->shift = b->scale ? b->scale + b->channels : NULL;
  b->centre = b->scale ? b->scale + 2 * b->channels : NULL;
  return b->sums && b->scale;
}

static bool is_rows(const BatchNorm *b) { return b->positions == 1; }

static BatchNorm describe(const SnArray *x, const SnCall *call) {
  return (BatchNorm){.images = x->shape[2] > 0 ? x->shape[0] : 0,
                     .channels = x->shape[1],
                     .positions = x->shape[2],
                     .count = (double)(x->shape[0] * x->shape[2]),
                     .eps = call->attributes.batch_norm.eps,
                     .momentum = call->attributes.batch_norm.momentum,
                     .training = call->attributes.batch_norm.training,
                     .x = x->data};
}

bool SN_CPU(batch_norm)(const SnCall *call) {
  const SnArray *x = call->in[0];
  if (!sn_is_float32(x)) return false;
  BatchNorm b = describe(x, call);
  b.weight = floats(call->in[1]);
  b.bias = floats(call->in[2]);
  b.running_mean = floats(call->in[3]);
  b.running_var = floats(call->in[4]);
  b.y = floats(call->out[0]);
  b.mean = floats(call->out[1]);
  b.inverse_std = floats(call->out[2]);
  if (!is_rows(&b)) {
    sn_parallel(b.channels, normalise_planes, &b);
    return true;
  }
  bool ready = prepare_rows(&b);
  if (ready) {
    if (b.training) sn_parallel(b.blocks, row_statistics, &b);
    for (int64_t c = 0; c < b.channels; c++) {
      double sum, squares;
      add_blocks(&b, c, &sum, &squares);
      set_statistics(&b, c, b.images > 0 ? (double)b.x[c] : 0, sum, squares);
      b.scale[c] = b.inverse_std[c] * or_one(b.weight, c);
      b.shift[c] = or_zero(b.bias, c);
    }
    sn_parallel(b.blocks, normalise_rows, &b);
  }
  free(b.sums);
  free(b.scale);
  return ready;
}

/* dx = scale (dy - shift - centre (x - mean)), where scale = weight inverse_std, and in training
 * shift = sum(dy) / m, centre = inverse_std^2 sum(dy (x - mean)) / m. */
typedef struct Coefficients {
  float scale, shift, centre;
} Coefficients;

static Coefficients set_gradients(const BatchNorm *b, int64_t c, double sum, double products) {
  double inverse_std = (double)b->inverse_std[c];
  b->dbias[c] = (float)sum;
  b->dweight[c] = (float)(products * inverse_std);
  Coefficients k = {.scale = (float)((double)or_one(b->weight, c) * inverse_std)};
  if (b->training && b->count > 0) {
    k.shift = (float)(sum / b->count);
    k.centre = (float)(inverse_std * inverse_std * products / b->count);
  }
  return k;
}

static void backward_planes(void *context, int64_t c) {
  const BatchNorm *b = context;
  double sum[LANES] = {0}, products[LANES] = {0};
  float mean = b->mean[c];
  for (int64_t n = 0; n < b->images; n++) {
    int64_t plane = (n * b->channels + c) * b->positions;
    add_gradients(b->dy + plane, b->x + plane, b->positions, (double)mean, sum, products);
  }
  Coefficients k = set_gradients(b, c, total(sum), total(products));
  for (int64_t n = 0; n < b->images; n++) {
    int64_t plane = (n * b->channels + c) * b->positions;
    const float *restrict dy = b->dy + plane, *restrict x = b->x + plane;
    float *restrict dx = b->dx + plane;
    for (int64_t s = 0; s < b->positions; s++) dx[s] = k.scale * (dy[s] - k.shift - k.centre * (x[s] - mean));
  }
}

static void row_gradients(void *context, int64_t block) {
  const BatchNorm *b = context;
  double *restrict sum = b->sums + block * 2 * b->channels, *restrict products = sum + b->channels;
  const float *restrict mean = b->mean;
  int64_t end = sn_smaller((block + 1) * b->rows_per_block, b->images);
  for (int64_t n = block * b->rows_per_block; n < end; n++) {
    const float *restrict dy = b->dy + n * b->channels, *restrict x = b->x + n * b->channels;
    for (int64_t c = 0; c < b->channels; c++) {
      sum[c] += (double)dy[c];
      products[c] += (double)dy[c] * ((double)x[c] - (double)mean[c]);
    }
  }
}

static void backward_rows(void *context, int64_t block) {
  const BatchNorm *b = context;
  const float *restrict mean = b->mean, *restrict scale = b->scale, *restrict shift = b->shift;
  const float *restrict centre = b->centre;
  int64_t end = sn_smaller((block + 1) * b->rows_per_block, b->images);
  for (int64_t n = block * b->rows_per_block; n < end; n++) {
    const float *restrict dy = b->dy + n * b->channels, *restrict x = b->x + n * b->channels;
    float *restrict dx = b->dx + n * b->channels;
    for (int64_t c = 0; c < b->channels; c++) dx[c] = scale[c] * (dy[c] - shift[c] - centre[c] * (x[c] - mean[c]));
  }
}

bool SN_CPU(batch_norm_backward)(const SnCall *call) {
  const SnArray *x = call->in[1];
  if (!sn_is_float32(x)) return false;
  BatchNorm b = describe(x, call);
  b.dy = floats(call->in[0]);
  b.weight = floats(call->in[2]);
  b.mean = floats(call->in[3]);
  b.inverse_std = floats(call->in[4]);
  b.dx = floats(call->out[0]);
  b.dweight = floats(call->out[1]);
  b.dbias = floats(call->out[2]);
  if (!is_rows(&b)) {
    sn_parallel(b.channels, backward_planes, &b);
    return true;
  }
  bool ready = prepare_rows(&b);
  if (ready) {
    sn_parallel(b.blocks, row_gradients, &b);
    for (int64_t c = 0; c < b.channels; c++) {
      double sum, products;
      add_blocks(&b, c, &sum, &products);
      Coefficients k = set_gradients(&b, c, sum, products);
      b.scale[c] = k.scale;
      b.shift[c] = k.shift;
      b.centre[c] = k.centre;
    }
    sn_parallel(b.blocks, backward_rows, &b);
  }
  free(b.sums);
  free(b.scale);
  return ready;
}
