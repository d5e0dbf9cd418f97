/* Weights are worked out once, by a phase of one block; then a block is a plane, whose rows are mixed first and whose
 * columns follow. The gradient goes the same way back. */
#include "backends/bicubic.h"
#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* One direction's weights in shared memory: of output i, inputs at[i * taps ...] and weight[i * taps ...]. */
typedef struct Axis {
  SnBicubicAxis axis;
  int64_t out, taps;
  size_t offset; /* bytes */
} Axis;

typedef struct Bicubic {
  Axis down, along;
  const float *from;
  float *to;
  int64_t height, width; /* of the smaller side of the formula, x or dx */
} Bicubic;

static Axis axis_of(int64_t in, int64_t out, double scale, bool antialias) {
  Axis a = {.axis = sn_bicubic_axis(in, out, scale, antialias), .out = out, .taps = 4};
  if (antialias && a.axis.step > 1) a.taps = (int64_t)(4 * a.axis.step) + 2;
  if (antialias) a.taps = sn_larger(a.taps, 5);
  return a;
}

static size_t bytes_of(const Axis *a) { return (size_t)(a->out * a->taps) * (sizeof(int64_t) + sizeof(float)) + 64; }
static int64_t *places(const Axis *a) { return (int64_t *)((char *)sn_shared_scratch() + a->offset); }
static float *weights(const Axis *a) { return (float *)(places(a) + a->out * a->taps); }

static void fill_axis(const Axis *a) {
  for (int64_t i = 0; i < a->out; i++) {
    SnBicubicPlace place = sn_bicubic_place(&a->axis, i);
    int64_t *at = places(a) + i * a->taps;
    float *weight = weights(a) + i * a->taps;
    for (int64_t t = 0; t < a->taps; t++) {
      bool inside = place.first + t < place.end;
      at[t] = sn_bicubic_clamp(&a->axis, inside ? place.first + t : place.first);
      weight[t] = inside ? (float)sn_bicubic_weight(&place, place.first + t) : 0;
    }
  }
}

static void fill(void *context, int64_t block) {
  const Bicubic *b = context;
  (void)block;
  fill_axis(&b->down);
  fill_axis(&b->along);
}

static void plane_forward(void *context, int64_t plane) {
  const Bicubic *b = context;
  const float *x = b->from + plane * b->height * b->width;
  float *y = b->to + plane * b->down.out * b->along.out, *restrict row = sn_scratch();
  for (int64_t i = 0; i < b->down.out; i++, y += b->along.out) {
    for (int64_t w = 0; w < b->width; w++) row[w] = 0;
    for (int64_t t = i * b->down.taps; t < (i + 1) * b->down.taps; t++) {
      const float *restrict from = x + places(&b->down)[t] * b->width;
      float weight = weights(&b->down)[t];
      for (int64_t w = 0; w < b->width; w++) row[w] += weight * from[w];
    }
    for (int64_t j = 0; j < b->along.out; j++) {
      float sum = 0;
      for (int64_t t = j * b->along.taps; t < (j + 1) * b->along.taps; t++)
        sum += weights(&b->along)[t] * row[places(&b->along)[t]];
      y[j] = sum;
    }
  }
}

static void plane_backward(void *context, int64_t plane) {
  const Bicubic *b = context;
  const float *dy = b->from + plane * b->down.out * b->along.out;
  float *dx = b->to + plane * b->height * b->width, *restrict row = sn_scratch();
  for (int64_t e = 0; e < b->height * b->width; e++) dx[e] = 0;
  for (int64_t i = 0; i < b->down.out; i++, dy += b->along.out) {
    for (int64_t w = 0; w < b->width; w++) row[w] = 0;
    for (int64_t j = 0; j < b->along.out; j++)
      for (int64_t t = j * b->along.taps; t < (j + 1) * b->along.taps; t++)
        row[places(&b->along)[t]] += weights(&b->along)[t] * dy[j];
    for (int64_t t = i * b->down.taps; t < (i + 1) * b->down.taps; t++) {
      float *restrict to = dx + places(&b->down)[t] * b->width, weight = weights(&b->down)[t];
      for (int64_t w = 0; w < b->width; w++) to[w] += weight * row[w];
    }
  }
}

static bool run(const SnCall *call, const SnArray *image, const SnArray *result, SnBlock plane) {
  const SnBicubic *options = &call->attributes.bicubic;
  if (!sn_is_float32(image)) return false;
  Bicubic b = {.down = axis_of(image->shape[2], result->shape[2], options->scale[0], options->antialias),
               .along = axis_of(image->shape[3], result->shape[3], options->scale[1], options->antialias),
               .from = call->in[0]->data,
               .to = call->out[0]->data,
               .height = image->shape[2],
               .width = image->shape[3]};
  b.along.offset = (bytes_of(&b.down) + 63) / 64 * 64;
  SnPhase phases[] = {{1, fill}, {image->shape[0] * image->shape[1], plane}};
  return sn_parallel_phases(2, phases, (size_t)b.width * sizeof(float), b.along.offset + bytes_of(&b.along), &b);
}

bool SN_CPU(interpolate_bicubic)(const SnCall *call) { return run(call, call->in[0], call->out[0], plane_forward); }

bool SN_CPU(interpolate_bicubic_backward)(const SnCall *call) {
  return run(call, call->out[0], call->in[0], plane_backward);
}
