/* A block is a few channels. A channel's N S numbers (25 KB in SimpleNet's training) are read once from memory: the
 * statistics and then everything that needs them are computed while it is in the first-level cache. The result sums
 * over channels: every block adds up its own, and the blocks' sums are added in block order. */
#include <math.h>
#include <stdlib.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/vector.h"

enum { CHANNELS_PER_BLOCK = 16, POSITIONS_PER_BLOCK = 1024 };

/* Sums run in as many lanes on every instruction set, so that all give the same bits. */
enum { LANES = 16, VECTORS = LANES / SN_LANES };

typedef struct Tail {
  int64_t images, channels, positions, blocks;
  const float *x, *weight, *bias, *projection, *dy;
  float *running_mean, *running_var, *mean, *inverse_std, *y, *dx, *dweight, *dbias, *dprojection;
  double eps, momentum;
  float slope;
  float *partial; /* [blocks, N, S] */
} Tail;

static double total(const SnVector lanes[VECTORS]) {
  double sum = 0;
  for (int v = 0; v < VECTORS; v++)
    for (int l = 0; l < SN_LANES; l++) sum += (double)lanes[v][l];
  return sum;
}

/* Sums of x - centre and its square over one plane, in single precision: a plane is short. */
static void add_plane(const float *restrict x, int64_t n, float centre, double *sum, double *squares) {
  SnVector sums[VECTORS] = {0}, square_sums[VECTORS] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int v = 0; v < VECTORS; v++) {
      SnVector d = sn_load(x + i + v * SN_LANES) - centre;
      sums[v] += d;
      square_sums[v] += d * d;
    }
  *sum += total(sums);
  *squares += total(square_sums);
  for (; i < n; i++) {
    float d = x[i] - centre;
    *sum += (double)d;
    *squares += (double)(d * d);
  }
}

static const float *plane(const Tail *t, const float *x, int64_t n, int64_t c) {
  return x + (n * t->channels + c) * t->positions;
}

static void set_statistics(const Tail *t, int64_t c) {
  double sum = 0, squares = 0, count = (double)(t->images * t->positions);
  float centre = *plane(t, t->x, 0, c); /* a large mean costs no digits */
  for (int64_t n = 0; n < t->images; n++) add_plane(plane(t, t->x, n, c), t->positions, centre, &sum, &squares);
  double shift = sum / count, mean = (double)centre + shift, variance = fmax(squares / count - shift * shift, 0);
  if (isnan(squares)) variance = squares;
  t->running_mean[c] = (float)((1 - t->momentum) * (double)t->running_mean[c] + t->momentum * mean);
  t->running_var[c] =
      (float)((1 - t->momentum) * (double)t->running_var[c] + t->momentum * variance * count / (count - 1));
  t->mean[c] = (float)mean;
  t->inverse_std[c] = (float)(1 / sqrt(variance + t->eps));
}

static void forward_channel(const Tail *t, int64_t c, float *partial) {
  float mean = t->mean[c], r = t->inverse_std[c], weight = t->weight[c], bias = t->bias[c];
  float positive = t->projection[c], negative = t->projection[c] * t->slope;
  for (int64_t n = 0; n < t->images; n++) {
    const float *restrict x = plane(t, t->x, n, c);
    float *restrict y = partial + n * t->positions;
    for (int64_t s = 0; s < t->positions; s++) {
      float xhat = (x[s] - mean) * r, h = weight * xhat + bias;
      y[s] += sn_select(h > 0, positive, negative) * h;
    }
  }
}

static void forward_block(void *context, int64_t block) {
  const Tail *t = context;
  float *partial = t->partial + block * t->images * t->positions;
  for (int64_t i = 0; i < t->images * t->positions; i++) partial[i] = 0;
  int64_t end = sn_smaller((block + 1) * CHANNELS_PER_BLOCK, t->channels);
  for (int64_t c = block * CHANNELS_PER_BLOCK; c < end; c++) {
    set_statistics(t, c);
    forward_channel(t, c, partial);
  }
}

static void add_blocks(void *context, int64_t block) {
  const Tail *t = context;
  int64_t count = t->images * t->positions, end = sn_smaller((block + 1) * POSITIONS_PER_BLOCK, count);
  for (int64_t i = block * POSITIONS_PER_BLOCK; i < end; i++) {
    double sum = 0;
    for (int64_t b = 0; b < t->blocks; b++) sum += (double)t->partial[b * count + i];
    t->y[i] = (float)sum;
  }
}

/* Adds to sums, over the plane of image n: xhat times the gradient of h, that gradient, and the projection's. */
static void add_gradients(const Tail *t, int64_t n, int64_t c, double sums[3]) {
  const float *restrict x = plane(t, t->x, n, c), *restrict dy = t->dy + n * t->positions;
  float mean = t->mean[c], r = t->inverse_std[c], weight = t->weight[c], bias = t->bias[c], slope = t->slope;
  float positive = t->projection[c], negative = positive * slope;
  SnVector dweights[VECTORS] = {0}, dbiases[VECTORS] = {0}, dprojections[VECTORS] = {0};
  int64_t i = 0;
  for (; i + LANES <= t->positions; i += LANES)
    for (int v = 0; v < VECTORS; v++) {
      SnVector xhat = (sn_load(x + i + v * SN_LANES) - mean) * r, h = weight * xhat + bias;
      SnVector g = sn_load(dy + i + v * SN_LANES);
      SnVector dh = g * sn_choose(h > 0, sn_repeat(positive), sn_repeat(negative));
      dprojections[v] += g * sn_choose(h > 0, h, slope * h);
      dbiases[v] += dh;
      dweights[v] += dh * xhat;
    }
  sums[0] += total(dweights);
  sums[1] += total(dbiases);
  sums[2] += total(dprojections);
  for (; i < t->positions; i++) {
    float xhat = (x[i] - mean) * r, h = weight * xhat + bias, dh = dy[i] * (h > 0 ? positive : negative);
    sums[0] += (double)(dh * xhat);
    sums[1] += (double)dh;
    sums[2] += (double)(dy[i] * (h > 0 ? h : slope * h));
  }
}

static void backward_channel(const Tail *t, int64_t c) {
  double sums[3] = {0}, count = (double)(t->images * t->positions);
  for (int64_t n = 0; n < t->images; n++) add_gradients(t, n, c, sums);
  t->dweight[c] = (float)sums[0];
  t->dbias[c] = (float)sums[1];
  t->dprojection[c] = (float)sums[2];
  float mean_dweight = (float)(sums[0] / count), mean_dbias = (float)(sums[1] / count);
  float mean = t->mean[c], r = t->inverse_std[c], weight = t->weight[c], bias = t->bias[c], scale = weight * r;
  float positive = t->projection[c], negative = positive * t->slope;
  for (int64_t n = 0; n < t->images; n++) {
    const float *restrict x = plane(t, t->x, n, c), *restrict dy = t->dy + n * t->positions;
    float *restrict dx = t->dx + (n * t->channels + c) * t->positions;
    for (int64_t s = 0; s < t->positions; s++) {
      float xhat = (x[s] - mean) * r, h = weight * xhat + bias;
      dx[s] = scale * (dy[s] * sn_select(h > 0, positive, negative) - mean_dbias - xhat * mean_dweight);
    }
  }
}

static void backward_block(void *context, int64_t block) {
  const Tail *t = context;
  int64_t end = sn_smaller((block + 1) * CHANNELS_PER_BLOCK, t->channels);
  for (int64_t c = block * CHANNELS_PER_BLOCK; c < end; c++) backward_channel(t, c);
}

static Tail tail_of(const SnArray *x, const SnCall *call) {
  return (Tail){.images = x->shape[0],
                .channels = x->shape[1],
                .positions = x->shape[2],
                .blocks = sn_divide_up(x->shape[1], CHANNELS_PER_BLOCK),
                .x = x->data,
                .eps = call->attributes.batch_norm_leaky_linear.eps,
                .momentum = call->attributes.batch_norm_leaky_linear.momentum,
                .slope = (float)call->attributes.batch_norm_leaky_linear.slope};
}

bool SN_CPU(batch_norm_leaky_linear)(const SnCall *call) {
  const SnArray *x = call->in[0];
  Tail t = tail_of(x, call);
  int64_t count = t.images * t.positions;
  if (!sn_is_float32(x) || count == 0) return false;
  t.partial = malloc((size_t)(t.blocks * count) * sizeof(float) + 1);
  if (!t.partial) return false;
  t.weight = call->in[1]->data;
  t.bias = call->in[2]->data;
  t.projection = call->in[3]->data;
  t.running_mean = call->in[4]->data;
  t.running_var = call->in[5]->data;
  t.y = call->out[0]->data;
  t.mean = call->out[1]->data;
  t.inverse_std = t.mean + t.channels;
  sn_parallel(t.blocks, forward_block, &t);
  sn_parallel(sn_divide_up(count, POSITIONS_PER_BLOCK), add_blocks, &t);
  free(t.partial);
  return true;
}

bool SN_CPU(batch_norm_leaky_linear_backward)(const SnCall *call) {
  const SnArray *x = call->in[1];
  Tail t = tail_of(x, call);
  if (!sn_is_float32(x) || t.images * t.positions == 0) return false;
  t.dy = call->in[0]->data;
  t.weight = call->in[2]->data;
  t.bias = call->in[3]->data;
  t.projection = call->in[4]->data;
  t.mean = call->in[5]->data;
  t.inverse_std = t.mean + t.channels;
  t.dx = call->out[0]->data;
  t.dweight = call->out[1]->data;
  t.dbias = t.dweight + t.channels;
  t.dprojection = t.dbias + t.channels;
  sn_parallel(t.blocks, backward_block, &t);
  return true;
}
