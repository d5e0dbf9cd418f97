#include "metrics/curve.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

static const float resolution = 1.0f / 512.0f;

bool sn_curve_append(SnCurve *curve, SnCurvePoint point) {
  if (!sn_ok()) return false;
  bool full = (curve->count & (curve->count - 1)) == 0; /* room doubles at every power of two */
  if (full) {
    size_t room = curve->count ? 2 * (size_t)curve->count : 1;
    SnCurvePoint *points = realloc(curve->points, room * sizeof *points);
    if (!points) return sn_fail("out of memory for a curve of %zu points", room);
    curve->points = points;
  }
  curve->points[curve->count++] = point;
  return true;
}

bool sn_curve_extend(SnCurve *curve, SnCurvePoint point) {
  if (curve->count > 0) {
    SnCurvePoint last = curve->points[curve->count - 1];
    if (fabsf(point.x - last.x) < resolution && fabsf(point.y - last.y) < resolution) return sn_ok();
  }
  return sn_curve_append(curve, point);
}

void sn_curve_free(SnCurve *curve) {
  free(curve->points);
  *curve = (SnCurve){0};
}
