/* Bilinear interpolation of one channel: an operation, and what convolutions do to a residual. */
#ifndef SN_BACKENDS_CPU_INTERPOLATE_H
#define SN_BACKENDS_CPU_INTERPOLATE_H

#include "backends/cpu/cpu.h"

/* An output lies between inputs `low` and `high`, at `share` of the way. */
typedef struct SnInterpolationPlace {
  int64_t low, high;
  float share;
} SnInterpolationPlace;

typedef struct SnInterpolation {
  int64_t height, width, rows, columns;     /* of x and of y */
  const SnInterpolationPlace *down, *along; /* [rows] and [columns] */
} SnInterpolation;

/* Of all outputs of one direction. */
void SN_CPU(interpolation_places)(SnInterpolationPlace *places, int64_t in, int64_t out);

/* x [height, width] -> y [rows, columns], by memory for [height, columns]. */
void SN_CPU(interpolate_plane)(const SnInterpolation *shape, const float *x, float *stretched, float *y);

#endif
