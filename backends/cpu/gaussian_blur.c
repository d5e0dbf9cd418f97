#include <math.h>
#include <stdlib.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "base/memory.h"

/* A block is ROWS rows of one channel of one image. Each direction adds in double, in the reference backend's order,
 * and is rounded to float32. */
enum { ROWS = 16 };

typedef struct Blur {
  int64_t height, width, radius, strips;
  const double *weights; /* [radius + 1] */
  const float *from;
  float *to;
} Blur;

/* d c b a | a b c d | d c b a, for ever. */
static int64_t mirror(int64_t i, int64_t size) {
  int64_t period = 2 * size, place = i % period;
  if (place < 0) place += period;
  return place < size ? place : period - 1 - place;
}

static void blur_down(void *context, int64_t block) {
  const Blur *b = context;
  int64_t start = block % b->strips * ROWS, end = sn_smaller(start + ROWS, b->height);
  const float *x = b->from + block / b->strips * b->height * b->width;
  float *y = b->to + block / b->strips * b->height * b->width;
  double *restrict sums = sn_scratch();
  for (int64_t i = start; i < end; i++) {
    for (int64_t j = 0; j < b->width; j++) sums[j] = b->weights[0] * (double)x[i * b->width + j];
    for (int64_t k = b->radius; k > 0; k--) {
      const float *restrict above = x + mirror(i - k, b->height) * b->width;
      const float *restrict below = x + mirror(i + k, b->height) * b->width;
      double weight = b->weights[k];
      for (int64_t j = 0; j < b->width; j++) sums[j] += weight * ((double)above[j] + (double)below[j]);
    }
    for (int64_t j = 0; j < b->width; j++) y[i * b->width + j] = (float)sums[j];
  }
}

/* `to` may be `from`: a row is copied, with its mirror images at both ends, before it is written. */
static void blur_along(void *context, int64_t block) {
  const Blur *b = context;
  int64_t start = block % b->strips * ROWS, end = sn_smaller(start + ROWS, b->height);
  int64_t plane = block / b->strips * b->height * b->width;
  double *restrict sums = sn_scratch(), *restrict line = sums + b->width;
  for (int64_t i = start; i < end; i++) {
    const float *x = b->from + plane + i * b->width;
    float *y = b->to + plane + i * b->width;
    for (int64_t j = 0; j < b->radius; j++) line[j] = (double)x[mirror(j - b->radius, b->width)];
    for (int64_t j = 0; j < b->width; j++) line[b->radius + j] = (double)x[j];
    for (int64_t j = 0; j < b->radius; j++) line[b->radius + b->width + j] = (double)x[mirror(b->width + j, b->width)];
    const double *restrict centre = line + b->radius;
    for (int64_t j = 0; j < b->width; j++) sums[j] = b->weights[0] * centre[j];
    for (int64_t k = b->radius; k > 0; k--) {
      double weight = b->weights[k];
      for (int64_t j = 0; j < b->width; j++) sums[j] += weight * (centre[j - k] + centre[j + k]);
    }
    for (int64_t j = 0; j < b->width; j++) y[j] = (float)sums[j];
  }
}

static double *gaussian_weights(int64_t radius, double sigma) {
  double *weights = sn_allocate_unset(radius + 1, sizeof *weights, "the weights of a Gaussian blur");
  if (!weights) return NULL;
  double total = weights[0] = 1;
  for (int64_t k = 1; k <= radius; k++) {
    weights[k] = exp(-0.5 / (sigma * sigma) * (double)(k * k));
    total += 2 * weights[k];
  }
  for (int64_t k = 0; k <= radius; k++) weights[k] /= total;
  return weights;
}

/* The matrix of each direction is symmetric, so the transpose is the other order. */
static bool blur(const SnCall *call, bool down_first) {
  const SnArray *x = call->in[0], *y = call->out[0];
  double sigma = call->attributes.gaussian_blur.sigma;
  if (!sn_is_float32(x)) return false;
  if (sn_array_count(y) == 0) return true;
  Blur b = {.height = x->shape[2], .width = x->shape[3], .radius = (int64_t)(4 * sigma + 0.5)};
  b.strips = sn_divide_up(b.height, ROWS);
  int64_t blocks = x->shape[0] * x->shape[1] * b.strips;
  size_t bytes = (size_t)(2 * (b.width + b.radius)) * sizeof(double);
  double *weights = gaussian_weights(b.radius, sigma);
  float *between = sn_allocate_unset(sn_array_count(y), sizeof *between, "a half blurred image");
  b.weights = weights;
  b.from = x->data;
  b.to = between;
  bool done = weights && between && sn_parallel_with_scratch(blocks, bytes, down_first ? blur_down : blur_along, &b);
  b.from = between;
  b.to = y->data;
  done = done && sn_parallel_with_scratch(blocks, bytes, down_first ? blur_along : blur_down, &b);
  free(weights);
  free(between);
  return done;
}

bool SN_CPU(gaussian_blur2d)(const SnCall *call) { return blur(call, true); }

bool SN_CPU(gaussian_blur2d_backward)(const SnCall *call) { return blur(call, false); }
