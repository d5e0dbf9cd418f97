#include <stdlib.h>
#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* Output place i lies between inputs `low` and `high`, at `share` of the way. */
typedef struct Place {
  int64_t low, high;
  float share;
} Place;

/* A block is one channel of one image. Its image is stretched along rows into scratch memory [height, columns], and
 * then down columns, a row at a time. */
typedef struct Interpolation {
  int64_t height, width, rows, columns;
  Place *down, *along;
  const float *from;
  float *to;
} Interpolation;

static Place place_of(int64_t out, int64_t in_size, int64_t out_size) {
  double source = ((double)out + 0.5) * ((double)in_size / (double)out_size) - 0.5;
  if (source < 0) source = 0;
  int64_t low = sn_smaller((int64_t)source, in_size - 1);
  return (Place){low, sn_smaller(low + 1, in_size - 1), (float)(source - (double)low)};
}

static bool interpolate(const SnArray *small, const SnArray *large, const SnCall *call, SnBlock body) {
  if (!sn_is_float32(small)) return false;
  if (sn_array_count(call->out[0]) == 0) return true;
  if (sn_array_count(call->in[0]) == 0) return false;
  Interpolation p = {.height = small->shape[2],
                     .width = small->shape[3],
                     .rows = large->shape[2],
                     .columns = large->shape[3],
                     .from = call->in[0]->data,
                     .to = call->out[0]->data};
  Place few[512]; /* memory of our own for large images only: plans promise to allocate nothing */
  p.down = p.rows + p.columns <= 512 ? few : malloc((size_t)(p.rows + p.columns) * sizeof *p.down);
  if (!p.down) return false;
  p.along = p.down + p.rows;
  for (int64_t i = 0; i < p.rows; i++) p.down[i] = place_of(i, p.height, p.rows);
  for (int64_t j = 0; j < p.columns; j++) p.along[j] = place_of(j, p.width, p.columns);
  bool done = sn_parallel_with_scratch(small->shape[0] * small->shape[1],
                                       (size_t)(p.height * p.columns) * sizeof(float), body, &p);
  if (p.down != few) free(p.down);
  return done;
}

static void interpolate_block(void *context, int64_t plane) {
  const Interpolation *p = context;
  const float *x = p->from + plane * p->height * p->width;
  float *y = p->to + plane * p->rows * p->columns, *stretched = sn_scratch();
  for (int64_t h = 0; h < p->height; h++)
    for (int64_t j = 0; j < p->columns; j++) {
      Place at = p->along[j];
      stretched[h * p->columns + j] = (1 - at.share) * x[h * p->width + at.low] + at.share * x[h * p->width + at.high];
    }
  for (int64_t i = 0; i < p->rows; i++) {
    Place at = p->down[i];
    const float *restrict above = stretched + at.low * p->columns, *restrict below = stretched + at.high * p->columns;
    float *restrict row = y + i * p->columns;
    for (int64_t j = 0; j < p->columns; j++) row[j] = (1 - at.share) * above[j] + at.share * below[j];
  }
}

bool SN_CPU(interpolate_bilinear)(const SnCall *call) {
  return interpolate(call->in[0], call->out[0], call, interpolate_block);
}

static void interpolate_backward_block(void *context, int64_t plane) {
  const Interpolation *p = context;
  const float *dy = p->from + plane * p->rows * p->columns;
  float *dx = p->to + plane * p->height * p->width, *stretched = sn_scratch();
  memset(stretched, 0, (size_t)(p->height * p->columns) * sizeof *stretched);
  memset(dx, 0, (size_t)(p->height * p->width) * sizeof *dx);
  for (int64_t i = 0; i < p->rows; i++) {
    Place at = p->down[i];
    const float *restrict row = dy + i * p->columns;
    float *above = stretched + at.low * p->columns, *below = stretched + at.high * p->columns;
    for (int64_t j = 0; j < p->columns; j++) above[j] += (1 - at.share) * row[j];
    for (int64_t j = 0; j < p->columns; j++) below[j] += at.share * row[j];
  }
  for (int64_t h = 0; h < p->height; h++)
    for (int64_t j = 0; j < p->columns; j++) {
      Place at = p->along[j];
      dx[h * p->width + at.low] += (1 - at.share) * stretched[h * p->columns + j];
      dx[h * p->width + at.high] += at.share * stretched[h * p->columns + j];
    }
}

bool SN_CPU(interpolate_bilinear_backward)(const SnCall *call) {
  return interpolate(call->out[0], call->in[0], call, interpolate_backward_block);
}
