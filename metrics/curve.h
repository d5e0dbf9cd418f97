/* Points of a curve in the unit square, to be plotted: thinned out to what an eye can tell apart. */
#ifndef SN_METRICS_CURVE_H
#define SN_METRICS_CURVE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SnCurvePoint {
  float x, y;
  float threshold; /* the point is reached by score >= threshold; +infinity where nothing is called defective */
} SnCurvePoint;

typedef struct SnCurve {
  SnCurvePoint *points; /* owned */
  int64_t count;
} SnCurve;

/* Appends a point, or skips it when the last kept one is nearer than 1/512 in both directions. */
bool sn_curve_extend(SnCurve *curve, SnCurvePoint point);

/* Appends a point however near it is. */
bool sn_curve_append(SnCurve *curve, SnCurvePoint point);

void sn_curve_free(SnCurve *curve);

#endif
