#include "backends/cpu/conv2d_tile.h"

#include "backends/cpu/lanes.h"

/* Steps of depth. The weights of all groups follow one another, so it fetches the next group's as well. */
enum { WEIGHT_AHEAD = 64 };

/* Vector v of row r is sum[r * vectors + v]. */
typedef SnVector Sums[2 * SN_TILE_ROWS];

SN_INLINE SnVector load(const float *from, const bool cut, SnLanes lanes) {
  return cut ? sn_load_lanes(from, lanes) : sn_load(from);
}

/* Adds what lies in rows `pitch` apart; `lanes` is of the last vector, where that is cut. */
SN_INLINE void add_rows(const int rows, const int vectors, const bool cut, SnLanes lanes, const float *from,
                        int64_t pitch, Sums sum) {
  SN_UNROLLED
  for (int r = 0; r < rows; r++, from += pitch) {
    sum[r * vectors] += load(from, cut && vectors == 1, lanes);
    if (vectors == 2) sum[r * vectors + 1] += load(from + SN_LANES, cut, lanes);
  }
}

SN_INLINE void add_bias(const int rows, const int vectors, const float *bias, Sums sum) {
  SN_UNROLLED
  for (int r = 0; r < rows; r++) {
    sum[r * vectors] += sn_repeat(bias[r]);
    if (vectors == 2) sum[r * vectors + 1] += sn_repeat(bias[r]);
  }
}

SN_INLINE void multiply(const SnConvolutionTile *t, const int rows, const int vectors, const bool cut, SnLanes lanes,
                        Sums sum) {
  const float *weight = t->weight;
  for (int64_t k = 0; k < t->depth; k++, weight += rows) {
    const float *x = t->x + t->places[k], *ahead = t->x + t->places[k + SN_TILE_AHEAD];
    __builtin_prefetch(weight + WEIGHT_AHEAD * rows, 0, 3);
    __builtin_prefetch(ahead, 0, 3);
    if (vectors == 2) __builtin_prefetch(ahead + SN_TILE_WIDTH - 1, 0, 3);
    SnVector left = load(x, cut && vectors == 1, lanes), right = left;
    if (vectors == 2) right = load(x + SN_LANES, cut, lanes);
    SN_UNROLLED
    for (int r = 0; r < rows; r++) {
      SnVector factor = sn_repeat(weight[r]);
      sum[r * vectors] = sn_multiply_add(factor, left, sum[r * vectors]);
      if (vectors == 2) sum[r * vectors + 1] = sn_multiply_add(factor, right, sum[r * vectors + 1]);
    }
  }
}

SN_INLINE void run(const SnConvolutionTile *t, const int rows, const int vectors, const bool cut) {
  SnLanes lanes = sn_lanes(0, t->columns - (vectors - 1) * SN_LANES);
  Sums sum;
  SN_UNROLLED
  for (int r = 0; r < rows; r++) {
    const float *from = t->y + r * t->y_pitch;
    sum[r * vectors] = t->resumed ? load(from, cut && vectors == 1, lanes) : sn_repeat(0);
    if (vectors == 2) sum[r * vectors + 1] = t->resumed ? load(from + SN_LANES, cut, lanes) : sn_repeat(0);
  }
  multiply(t, rows, vectors, cut, lanes, sum);
  if (t->added) add_rows(rows, vectors, cut, lanes, t->y, t->y_pitch, sum);
  if (t->last) {
    if (t->bias) add_bias(rows, vectors, t->bias, sum);
    if (t->residual) add_rows(rows, vectors, cut, lanes, t->residual, t->y_pitch, sum);
    sn_activate_vectors(t->activation, t->slope, rows * vectors, sum);
  }
  float *y = t->y;
  SN_UNROLLED
  for (int r = 0; r < rows; r++, y += t->y_pitch) {
    if (vectors == 2) sn_store(y, sum[r * vectors]);
    if (cut)
      sn_store_lanes(y + (vectors - 1) * SN_LANES, lanes, sum[r * vectors + vectors - 1]);
    else
      sn_store(y + (vectors - 1) * SN_LANES, sum[r * vectors + vectors - 1]);
  }
}

#define CASE(ROWS)                   \
  case ROWS:                         \
    if (t->columns == SN_TILE_WIDTH) \
      run(t, ROWS, 2, false);        \
    else if (t->columns > SN_LANES)  \
      run(t, ROWS, 2, true);         \
    else                             \
      run(t, ROWS, 1, true);         \
    break;

void SN_CPU(convolution_tile)(const SnConvolutionTile *t, int rows) {
  switch (rows) {
    SN_TILE_CASES(CASE)
    default:
      break;
  }
}
