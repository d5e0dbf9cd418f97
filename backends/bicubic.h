/* Bicubic interpolation (torch.nn.functional.interpolate, mode="bicubic", align_corners=False), one direction of it.
 *
 * Output i lies at s = (i + 0.5) in / out - 0.5 among the inputs, or, given a scale, at (i + 0.5) / scale - 0.5. Of
 * four inputs k about s it takes c(s - k), with Keys's kernel ("Cubic convolution interpolation for digital image
 * processing", 1981) for a = -0.75,
 *
 *   c(d) = (a + 2) |d|^3 - (a + 3) d^2 + 1     |d| < 1
 *   c(d) = a |d|^3 - 5 a d^2 + 8 a |d| - 4 a   1 <= |d| < 2
 *
 * and those beyond the ends are the end's. With antialias a is -0.5, c is as much wider as the output is smaller, and
 * what is left of it inside the ends is brought to a sum of 1.
 */
#ifndef SN_BACKENDS_BICUBIC_H
#define SN_BACKENDS_BICUBIC_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "backends/inline.h"

typedef struct SnBicubicAxis {
  int64_t in;
  double step; /* inputs to an output */
  bool antialias;
} SnBicubicAxis;

/* Of one output: inputs from first to end, [0, in) with antialias, else to be clamped; and what makes their weights. */
typedef struct SnBicubicPlace {
  int64_t first, end;
  double centre, inverse, a, total;
} SnBicubicPlace;

SN_HOST_DEVICE SnBicubicAxis sn_bicubic_axis(int64_t in, int64_t out, double scale, bool antialias) {
  SnBicubicAxis axis = {in, scale > 0 ? 1 / scale : (double)in / (double)out, antialias};
  return axis;
}

SN_HOST_DEVICE double sn_bicubic_kernel(double d, double a) {
  d = fabs(d);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/* Before the weights are brought to a sum of 1. */
SN_HOST_DEVICE double sn_bicubic_raw(const SnBicubicPlace *place, int64_t k) {
  return sn_bicubic_kernel(((double)k - place->centre) * place->inverse, place->a);
}

SN_HOST_DEVICE SnBicubicPlace sn_bicubic_place(const SnBicubicAxis *axis, int64_t i) {
  double middle = axis->step * ((double)i + 0.5);
  SnBicubicPlace place = {0, 0, middle - 0.5, 1, -0.75, 1};
  if (!axis->antialias) {
    place.first = (int64_t)floor(place.centre) - 1;
    place.end = place.first + 4;
    return place;
  }
  double support = axis->step >= 1 ? 2 * axis->step : 2;
  place.inverse = axis->step >= 1 ? 1 / axis->step : 1;
  place.a = -0.5;
  place.first = (int64_t)fmax(middle - support + 0.5, 0.0);
  place.end = (int64_t)fmin(middle + support + 0.5, (double)axis->in);
  place.total = 0;
  for (int64_t k = place.first; k < place.end; k++) place.total += sn_bicubic_raw(&place, k);
  return place;
}

SN_HOST_DEVICE double sn_bicubic_weight(const SnBicubicPlace *place, int64_t k) {
  return sn_bicubic_raw(place, k) / place->total;
}

SN_HOST_DEVICE int64_t sn_bicubic_clamp(const SnBicubicAxis *axis, int64_t k) {
  return k < 0 ? 0 : k >= axis->in ? axis->in - 1 : k;
}

/* What an output takes of input h in all. */
SN_HOST_DEVICE double sn_bicubic_share(const SnBicubicAxis *axis, const SnBicubicPlace *place, int64_t h) {
  double share = 0;
  for (int64_t k = place->first; k < place->end; k++)
    if (sn_bicubic_clamp(axis, k) == h) share += sn_bicubic_weight(place, k);
  return share;
}

#endif
