#include "backends/cpu/interpolate.h"

#include <stdlib.h>

#include "backends/bilinear.h"
#include "backends/cpu/lanes.h"
#include "backends/cpu/pool.h"
#include "base/memory.h"

typedef SnInterpolationPlace Place;

/* A block is one channel of one image. */
typedef struct Interpolation {
  SnInterpolation shape;
  const float *x;
  float *y;
} Interpolation;

static Place place_of(int64_t out, int64_t in_size, int64_t out_size) {
  SnBilinearPlace place = sn_bilinear_place(out, in_size, out_size);
  return (Place){place.low, place.high, (float)place.share};
}

void SN_CPU(interpolation_places)(Place *places, int64_t in, int64_t out) {
  for (int64_t i = 0; i < out; i++) places[i] = place_of(i, in, out);
}

/* One row to twice its width, the usual step between a backbone's levels: without looking places up. */
static void double_row(const float *x, int64_t width, float *row) {
  int64_t pairs = width - 1;
  row[0] = x[0];
  row[2 * width - 1] = x[width - 1];
  for (int64_t j = 0; j < pairs; j += SN_LANES) {
    SnVector left = sn_load_lanes(x + j, sn_lanes(0, pairs - j)),
             right = sn_load_lanes(x + j + 1, sn_lanes(0, pairs - j));
    SnVector near_left = sn_repeat(0.75F) * left + sn_repeat(0.25F) * right;
    SnVector near_right = sn_repeat(0.25F) * left + sn_repeat(0.75F) * right;
    float *to = row + 2 * j + 1;
    sn_store_lanes(to, sn_lanes(0, 2 * (pairs - j)),
                   __builtin_shufflevector(near_left, near_right, SN_INTERLEAVED_LOW));
    sn_store_lanes(to + SN_LANES, sn_lanes(0, 2 * (pairs - j) - SN_LANES),
                   __builtin_shufflevector(near_left, near_right, SN_INTERLEAVED_HIGH));
  }
}

static void stretch_row(const SnInterpolation *p, const float *x, float *row) {
  for (int64_t j = 0; j < p->columns; j++) {
    Place at = p->along[j];
    row[j] = (1 - at.share) * x[at.low] + at.share * x[at.high];
  }
}

/* Along rows first, then down columns, a row at a time. */
void SN_CPU(interpolate_plane)(const SnInterpolation *p, const float *x, float *stretched, float *y) {
  for (int64_t h = 0; h < p->height; h++) {
    if (p->columns == 2 * p->width)
      double_row(x + h * p->width, p->width, stretched + h * p->columns);
    else
      stretch_row(p, x + h * p->width, stretched + h * p->columns);
  }
  for (int64_t i = 0; i < p->rows; i++, y += p->columns) {
    Place at = p->down[i];
    const float *above = stretched + at.low * p->columns, *below = stretched + at.high * p->columns;
    SnVector share = sn_repeat(at.share), rest = sn_repeat(1 - at.share);
    for (int64_t j = 0; j < p->columns; j += SN_LANES) {
      SnLanes lanes = sn_lanes(0, p->columns - j);
      sn_store_lanes(y + j, lanes, rest * sn_load_lanes(above + j, lanes) + share * sn_load_lanes(below + j, lanes));
    }
  }
}

static void interpolate_block(void *context, int64_t plane) {
  const Interpolation *p = context;
  const SnInterpolation *s = &p->shape;
  SN_CPU(interpolate_plane)(s, p->x + plane * s->height * s->width, sn_scratch(), p->y + plane * s->rows * s->columns);
}

bool SN_CPU(interpolate_bilinear)(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  if (!sn_is_float32(x)) return false;
  if (sn_array_count(y) == 0) return true;
  if (sn_array_count(x) == 0) return false;
  int64_t rows = y->shape[2], columns = y->shape[3];
  Place few[512]; /* memory of our own for large images only: plans promise to allocate nothing */
  Place *places =
      rows + columns <= 512 ? few : sn_allocate_unset(rows + columns, sizeof *places, "the places of an interpolation");
  if (!places) return false;
  SN_CPU(interpolation_places)(places, x->shape[2], rows);
  SN_CPU(interpolation_places)(places + rows, x->shape[3], columns);
  Interpolation p = {{x->shape[2], x->shape[3], rows, columns, places, places + rows}, x->data, y->data};
  bool done = sn_parallel_with_scratch(x->shape[0] * x->shape[1], (size_t)(x->shape[2] * columns) * sizeof(float),
                                       interpolate_block, &p);
  if (places != few) free(places);
  return done;
}

/* ---- backward: each input gathers from the outputs that took from it ---- */

/* Outputs first to first + count - 1 took weight[0], weight[1], … of an input. */
typedef struct Takers {
  int64_t first, count;
  const float *weight;
} Takers;

typedef struct Gathering {
  int64_t height, width, rows, columns;
  Takers *down, *along; /* of the input's rows and columns */
  const float *dy;
  float *dx;
} Gathering;

/* Of all inputs along one axis. An output takes from at most two inputs: `weights` has capacity for 2 out_size numbers.
 */
static void find_takers(int64_t in_size, int64_t out_size, Takers *takers, float *weights) {
  int64_t first = 0;
  for (int64_t in = 0; in < in_size; in++) {
    while (first < out_size && place_of(first, in_size, out_size).high < in) first++;
    int64_t out = first;
    takers[in] = (Takers){.first = first, .weight = weights};
    for (; out < out_size; out++) {
      Place place = place_of(out, in_size, out_size);
      if (place.low > in) break;
      *weights++ = (place.low == in ? 1 - place.share : 0) + (place.high == in ? place.share : 0);
    }
    takers[in].count = out - first;
  }
}

/* The row that input row takers gather, [columns]. */
static void gather_row(const Takers *takers, const float *dy, int64_t columns, float *row) {
  const float *from = dy + takers->first * columns;
  for (int64_t j = 0; columns >= SN_LANES && j < columns; j += SN_LANES) {
    int64_t at = sn_smaller(j, columns - SN_LANES); /* the last vector repeats some sums */
    SnVector sum = sn_repeat(0);
    for (int64_t k = 0; k < takers->count; k++) sum += takers->weight[k] * sn_load(from + k * columns + at);
    sn_store(row + at, sum);
  }
  for (int64_t j = 0; columns < SN_LANES && j < columns; j++) {
    row[j] = 0;
    for (int64_t k = 0; k < takers->count; k++) row[j] += takers->weight[k] * from[k * columns + j];
  }
}

static float halved(const float *row, int64_t before, int64_t at, int64_t behind) {
  return 0.75F * (row[at] + row[at + 1]) + 0.25F * (row[before] + row[behind]);
}

/* The gradient of double_row, whose ends took from nothing beyond. */
static void halve_row(const float *restrict row, int64_t width, float *restrict dx) {
  dx[0] = halved(row, 0, 0, sn_smaller(2, 2 * width - 1));
  for (int64_t j = 1; j + 1 < width; j++) dx[j] = halved(row, 2 * j - 1, 2 * j, 2 * j + 2);
  dx[width - 1] = halved(row, sn_larger(2 * width - 3, 0), 2 * width - 2, 2 * width - 1);
}

static void shrink_row(const Gathering *g, const float *row, float *dx) {
  for (int64_t w = 0; w < g->width; w++) {
    const Takers *takers = &g->along[w];
    float sum = 0;
    for (int64_t k = 0; k < takers->count; k++) sum += takers->weight[k] * row[takers->first + k];
    dx[w] = sum;
  }
}

static void gather_block(void *context, int64_t plane) {
  const Gathering *g = context;
  const float *dy = g->dy + plane * g->rows * g->columns;
  float *dx = g->dx + plane * g->height * g->width, *row = sn_scratch();
  for (int64_t h = 0; h < g->height; h++, dx += g->width) {
    gather_row(&g->down[h], dy, g->columns, row);
    if (g->columns == 2 * g->width)
      halve_row(row, g->width, dx);
    else
      shrink_row(g, row, dx);
  }
}

bool SN_CPU(interpolate_bilinear_backward)(const SnCall *call) {
  const SnArray *dy = call->in[0], *dx = call->out[0];
  if (!sn_is_float32(dx)) return false;
  if (sn_array_count(dx) == 0) return true;
  Gathering g = {.height = dx->shape[2],
                 .width = dx->shape[3],
                 .rows = dy->shape[2],
                 .columns = dy->shape[3],
                 .dy = dy->data,
                 .dx = dx->data};
  size_t inputs = (size_t)(g.height + g.width), outputs = (size_t)(g.rows + g.columns);
  g.down = sn_allocate_unset((int64_t)(inputs * sizeof *g.down + 2 * outputs * sizeof(float)), 1,
                             "the places of an interpolation");
  if (!g.down) return false;
  g.along = g.down + g.height;
  float *weights = (float *)(g.down + inputs);
  find_takers(g.height, g.rows, g.down, weights);
  find_takers(g.width, g.columns, g.along, weights + 2 * g.rows);
  bool done =
      sn_parallel_with_scratch(dx->shape[0] * dx->shape[1], (size_t)g.columns * sizeof(float) + 1, gather_block, &g);
  free(g.down);
  return done;
}
