#include "metrics/roc.h"

#include <math.h>

#include "base/error.h"

SnMetric sn_auroc(const SnRanking *ranking) {
  if (ranking->positive_count == 0) return sn_no_metric("AUROC needs defective samples beside the good ones: add some");
  if (ranking->negative_count == 0) return sn_no_metric("AUROC needs good samples beside the defective ones: add some");
  uint64_t twice_area = 0; /* fits, as a ranking holds at most 2^31 scores */
  SnOperatingPoint point = {0}, before = point;
  for (; sn_ranking_next(ranking, &point); before = point)
    twice_area += (uint64_t)(point.false_positives - before.false_positives) *
                  (uint64_t)(point.true_positives + before.true_positives);
  return sn_metric((double)twice_area / (2.0 * (double)ranking->negative_count * (double)ranking->positive_count));
}

bool sn_roc_curve(const SnRanking *ranking, SnCurve *curve) {
  *curve = (SnCurve){0};
  if (!sn_ok()) return false;
  if (ranking->positive_count == 0 || ranking->negative_count == 0) return true;
  double negatives = (double)ranking->negative_count, positives = (double)ranking->positive_count;
  SnCurvePoint last = {0.0f, 0.0f, INFINITY};
  sn_curve_append(curve, last);
  for (SnOperatingPoint point = {0}; sn_ranking_next(ranking, &point) && sn_ok();) {
    last = (SnCurvePoint){(float)((double)point.false_positives / negatives),
                          (float)((double)point.true_positives / positives), sn_ranking_score(point.key)};
    sn_curve_extend(curve, last);
  }
  sn_curve_append(curve, last);
  if (!sn_ok()) sn_curve_free(curve);
  return sn_ok();
}
