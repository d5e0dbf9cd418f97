#include "metrics/curve.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

static const float resolution = 1.0f / 512.0f;

bool sn_curve_append(SnCurve *curve, SnCurvePoint point) {
  if (!sn_ok()) return false;
  SnCurvePoint *points = sn_grow(curve->points, curve->count, sizeof *points, "a curve");
  if (!points) return false;
  curve->points = points;
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
