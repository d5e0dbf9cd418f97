/* A block is a few channels. A channel's 2 S numbers are read once from memory: the statistics and then
 * everything that needs them are computed while they are in the first-level cache (25 KB a channel fit). The result sums
 * over channels: every block adds up its own, and the blocks' sums are added in block order. */
#include <math.h>
#include <stdlib.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/vector.h"
#include "base/memory.h"

enum { CHANNELS_PER_BLOCK = 16, POSITIONS_PER_BLOCK = 1024 };

/* Sums run in as many lanes on every instruction set, so that all give the same bits. */
enum { LANES = 16, VECTORS = LANES / SN_LANES };

typedef struct Work {
  int64_t channels, positions, blocks;
  const float *x, *weight, *bias, *projection, *dy;
  float *running_mean, *running_var, *mean, *inverse_std, *y, *dx, *dweight, *dbias, *dprojection;
  double eps, momentum;
  float slope;
  float *partial; /* [blocks, 2, S] */
} Work;

static double total(const SnVector lanes[VECTORS]) {
  double sum = 0;
  for (int v = 0; v < VECTORS; v++)
    for (int l = 0; l < SN_LANES; l++) sum += (double)lanes[v][l];
  return sum;
}

/* Channel c of the values (0), or of what moves them (1). */
static int64_t plane(const Work *t, int which, int64_t c) { return (which * t->channels + c) * t->positions; }

/* Sums of z - centre and z + e - centre, and of their squares, in single precision: a plane is short. */
static void add_planes(const float *restrict z, const float *restrict e, int64_t n, float centre, double *sum,
                       double *squares) {
  SnVector sums[VECTORS] = {0}, square_sums[VECTORS] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int v = 0; v < VECTORS; v++) {
      SnVector d = sn_load(z + i + v * SN_LANES) - centre, d_moved = d + sn_load(e + i + v * SN_LANES);
      sums[v] += d + d_moved;
      square_sums[v] += d * d + d_moved * d_moved;
    }
  *sum += total(sums);
  *squares += total(square_sums);
  for (; i < n; i++) {
    float d = z[i] - centre, d_moved = d + e[i];
    *sum += (double)(d + d_moved);
    *squares += (double)(d * d + d_moved * d_moved);
  }
}

static void set_statistics(const Work *t, int64_t c) {
  double sum = 0, squares = 0, count = 2 * (double)t->positions;
  const float *z = t->x + plane(t, 0, c), *e = t->x + plane(t, 1, c);
  float centre = *z; /* a large mean costs no digits */
  add_planes(z, e, t->positions, centre, &sum, &squares);
  double shift = sum / count, mean = (double)centre + shift, variance = fmax(squares / count - shift * shift, 0);
  if (isnan(squares)) variance = squares;
  t->running_mean[c] = (float)((1 - t->momentum) * (double)t->running_mean[c] + t->momentum * mean);
  t->running_var[c] =
      (float)((1 - t->momentum) * (double)t->running_var[c] + t->momentum * variance * count / (count - 1));
  t->mean[c] = (float)mean;
  t->inverse_std[c] = (float)(1 / sqrt(variance + t->eps));
}

/* What one channel needs of its parameters. */
typedef struct Channel {
  float mean, r, weight, bias, positive, negative; /* the last two: slopes of y in h */
} Channel;

static Channel channel_of(const Work *t, int64_t c) {
  float projection = t->projection[c];
  return (Channel){t->mean[c], t->inverse_std[c], t->weight[c], t->bias[c], projection, projection * t->slope};
}

static void forward_channel(const Work *t, int64_t c, float *partial) {
  const float *restrict z = t->x + plane(t, 0, c), *restrict e = t->x + plane(t, 1, c);
  float *restrict y = partial, *restrict y_moved = partial + t->positions;
  Channel k = channel_of(t, c);
  for (int64_t s = 0; s < t->positions; s++) {
    float h = k.weight * ((z[s] - k.mean) * k.r) + k.bias, h_moved = k.weight * ((z[s] + e[s] - k.mean) * k.r) + k.bias;
    y[s] += sn_select(h > 0, k.positive, k.negative) * h;
    y_moved[s] += sn_select(h_moved > 0, k.positive, k.negative) * h_moved;
  }
}

static void forward_block(void *context, int64_t block) {
  const Work *t = context;
  float *partial = t->partial + block * 2 * t->positions;
  for (int64_t i = 0; i < 2 * t->positions; i++) partial[i] = 0;
  int64_t end = sn_smaller((block + 1) * CHANNELS_PER_BLOCK, t->channels);
  for (int64_t c = block * CHANNELS_PER_BLOCK; c < end; c++) {
    set_statistics(t, c);
    forward_channel(t, c, partial);
  }
}

static void add_blocks(void *context, int64_t block) {
  const Work *t = context;
  int64_t count = 2 * t->positions, end = sn_smaller((block + 1) * POSITIONS_PER_BLOCK, count);
  for (int64_t i = block * POSITIONS_PER_BLOCK; i < end; i++) {
    double sum = 0;
    for (int64_t b = 0; b < t->blocks; b++) sum += (double)t->partial[b * count + i];
    t->y[i] = (float)sum;
  }
}

/* Sums over a channel of the gradients of weight, bias and projection, in lanes. */
typedef struct Sums {
  SnVector weight[VECTORS], bias[VECTORS], projection[VECTORS];
} Sums;

SN_INLINE void add_gradients(Sums *sums, int v, const Channel *k, float slope, SnVector x, SnVector dy) {
  SnVector xhat = (x - k->mean) * k->r, h = k->weight * xhat + k->bias;
  SnVector dh = dy * sn_choose(h > 0, sn_repeat(k->positive), sn_repeat(k->negative));
  sums->projection[v] += dy * sn_choose(h > 0, h, slope * h);
  sums->bias[v] += dh;
  sums->weight[v] += dh * xhat;
}

/* The gradients of a channel's weight, bias and projection. */
static void sum_gradients(const Work *t, int64_t c, double gradients[3]) {
  const float *z = t->x + plane(t, 0, c), *e = t->x + plane(t, 1, c), *dy = t->dy, *dy_moved = t->dy + t->positions;
  Channel k = channel_of(t, c);
  Sums sums = {0};
  int64_t i = 0;
  for (; i + LANES <= t->positions; i += LANES)
    for (int v = 0; v < VECTORS; v++) {
      int64_t at = i + v * SN_LANES;
      SnVector x = sn_load(z + at);
      add_gradients(&sums, v, &k, t->slope, x, sn_load(dy + at));
      add_gradients(&sums, v, &k, t->slope, x + sn_load(e + at), sn_load(dy_moved + at));
    }
  gradients[0] = total(sums.weight);
  gradients[1] = total(sums.bias);
  gradients[2] = total(sums.projection);
  for (; i < t->positions; i++)
    for (int which = 0; which < 2; which++) {
      float x = which == 0 ? z[i] : z[i] + e[i], g = which == 0 ? dy[i] : dy_moved[i];
      float xhat = (x - k.mean) * k.r, h = k.weight * xhat + k.bias, dh = g * (h > 0 ? k.positive : k.negative);
      gradients[0] += (double)(dh * xhat);
      gradients[1] += (double)dh;
      gradients[2] += (double)(g * (h > 0 ? h : t->slope * h));
    }
}

static void backward_channel(const Work *t, int64_t c) {
  double gradients[3], count = 2 * (double)t->positions;
  sum_gradients(t, c, gradients);
  t->dweight[c] = (float)gradients[0];
  t->dbias[c] = (float)gradients[1];
  t->dprojection[c] = (float)gradients[2];
  Channel k = channel_of(t, c);
  float mean_dweight = (float)(gradients[0] / count), mean_dbias = (float)(gradients[1] / count),
        scale = k.weight * k.r;
  const float *restrict z = t->x + plane(t, 0, c), *restrict e = t->x + plane(t, 1, c);
  const float *restrict dy = t->dy, *restrict dy_moved = t->dy + t->positions;
  float *restrict dz = t->dx + plane(t, 0, c), *restrict de = t->dx + plane(t, 1, c);
  for (int64_t s = 0; s < t->positions; s++) {
    float zhat = (z[s] - k.mean) * k.r, h = k.weight * zhat + k.bias;
    float fakehat = (z[s] + e[s] - k.mean) * k.r, h_moved = k.weight * fakehat + k.bias;
    float d = dy[s] * sn_select(h > 0, k.positive, k.negative) - mean_dbias - zhat * mean_dweight;
    float d_moved = dy_moved[s] * sn_select(h_moved > 0, k.positive, k.negative) - mean_dbias - fakehat * mean_dweight;
    dz[s] = scale * (d + d_moved);
    de[s] = scale * d_moved;
  }
}

static void backward_block(void *context, int64_t block) {
  const Work *t = context;
  int64_t end = sn_smaller((block + 1) * CHANNELS_PER_BLOCK, t->channels);
  for (int64_t c = block * CHANNELS_PER_BLOCK; c < end; c++) backward_channel(t, c);
}

static Work work_of(const SnArray *x, const SnCall *call) {
  return (Work){.channels = x->shape[1],
                .positions = x->shape[2],
                .blocks = sn_divide_up(x->shape[1], CHANNELS_PER_BLOCK),
                .x = x->data,
                .eps = call->attributes.batch_norm_leaky_linear.eps,
                .momentum = call->attributes.batch_norm_leaky_linear.momentum,
                .slope = (float)call->attributes.batch_norm_leaky_linear.slope};
}

bool SN_CPU(batch_norm_leaky_linear)(const SnCall *call) {
  const SnArray *x = call->in[0];
  Work t = work_of(x, call);
  if (!sn_is_float32(x) || t.positions == 0) return false;
  t.partial = sn_allocate_unset(t.blocks * 2 * t.positions, sizeof(float), "the partial sums of batch_norm_leaky_linear");
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
  sn_parallel(sn_divide_up(2 * t.positions, POSITIONS_PER_BLOCK), add_blocks, &t);
  free(t.partial);
  return true;
}

bool SN_CPU(batch_norm_leaky_linear_backward)(const SnCall *call) {
  const SnArray *x = call->in[1];
  Work t = work_of(x, call);
  if (!sn_is_float32(x) || t.positions == 0) return false;
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
