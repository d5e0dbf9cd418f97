#include "metrics/precision_recall.h"

#include <math.h>
#include <stddef.h>

#include "base/error.h"

static const char *missing(const SnRanking *ranking) {
  if (ranking->positive_count == 0) return "precision and recall need defective samples beside the good ones: add some";
  if (ranking->negative_count == 0) return "precision and recall need good samples beside the defective ones: add some";
  return NULL;
}

static double precision(SnOperatingPoint point) {
  return (double)point.true_positives / (double)(point.true_positives + point.false_positives);
}

SnMetric sn_average_precision(const SnRanking *ranking) {
  const char *reason = missing(ranking);
  if (reason) return sn_no_metric(reason);
  double sum = 0.0;
  SnOperatingPoint point = {0}, before = point;
  for (; sn_ranking_next(ranking, &point); before = point)
    sum += (double)(point.true_positives - before.true_positives) * precision(point);
  return sn_metric(sum / (double)ranking->positive_count);
}

/* TP / (TP + FP + P) orders thresholds as F1 does; in whole numbers, so that equal ones compare equal. */
static bool better_f1(SnOperatingPoint a, SnOperatingPoint b, int64_t positives) {
  uint64_t a_over = (uint64_t)(a.true_positives + a.false_positives + positives);
  uint64_t b_over = (uint64_t)(b.true_positives + b.false_positives + positives);
  return (uint64_t)a.true_positives * b_over > (uint64_t)b.true_positives * a_over;
}

/* Halfway from the point's score to the next lower one, so that scores which another batch size or processor moves by
 * their last bits stay on their side. Below the lowest score there is nothing to be kept apart from. */
static double threshold_below(const SnRanking *ranking, SnOperatingPoint point) {
  double score = (double)sn_ranking_score(point.key);
  if (!sn_ranking_next(ranking, &point)) return score - 1e-3 * fmax(fabs(score), 1.0);
  return 0.5 * (score + (double)sn_ranking_score(point.key));
}

void sn_f1_max(const SnRanking *ranking, SnMetric *f1, SnMetric *threshold) {
  *f1 = *threshold = sn_no_metric(missing(ranking));
  if (f1->reason) return;
  SnOperatingPoint best = {0};
  for (SnOperatingPoint point = best; sn_ranking_next(ranking, &point);)
    if (better_f1(point, best, ranking->positive_count)) best = point;
  *f1 = sn_metric(2.0 * (double)best.true_positives /
                  (double)(best.true_positives + best.false_positives + ranking->positive_count));
  *threshold = sn_metric(threshold_below(ranking, best));
}

bool sn_precision_recall_curve(const SnRanking *ranking, SnCurve *curve) {
  *curve = (SnCurve){0};
  if (!sn_ok()) return false;
  if (missing(ranking)) return true;
  SnCurvePoint last = {0};
  for (SnOperatingPoint point = {0}; last.x < 1.0f && sn_ranking_next(ranking, &point) && sn_ok();) {
    last = (SnCurvePoint){(float)((double)point.true_positives / (double)ranking->positive_count),
                          (float)precision(point), sn_ranking_score(point.key)};
    sn_curve_extend(curve, last);
  }
  sn_curve_append(curve, last);
  if (!sn_ok()) sn_curve_free(curve);
  return sn_ok();
}
