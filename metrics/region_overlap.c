#include "metrics/region_overlap.h"

#include <math.h>
#include <stddef.h>

#include "base/error.h"

static const char *missing(const SnRanking *ranking, int64_t region_count) {
  if (region_count == 0 || ranking->positive_count == 0)
    return "AU-PRO needs defects marked in the ground-truth masks: add defective images and their masks";
  if (ranking->negative_count == 0) return "AU-PRO needs defect-free pixels: add good images";
  return NULL;
}

/* The share of their regions that pixels [begin, end) of the ranking's positives are, averaged over all regions. */
static double overlap_gained(const SnRanking *ranking, int64_t begin, int64_t end, const int64_t *areas,
                             int64_t region_count) {
  double sum = 0.0;
  for (int64_t i = begin; i < end; i++) sum += 1.0 / (double)areas[(uint32_t)ranking->positives[i] - 1];
  return sum / (double)region_count;
}

SnMetric sn_region_overlap(const SnRanking *ranking, const int64_t *areas, int64_t region_count, double limit) {
  const char *reason = missing(ranking, region_count);
  if (reason) return sn_no_metric(reason);
  double area = 0.0, overlap = 0.0, rate = 0.0;
  SnOperatingPoint point = {0}, before = point;
  for (; rate < limit && sn_ranking_next(ranking, &point); before = point) {
    double next_rate = (double)point.false_positives / (double)ranking->negative_count;
    double gain = overlap_gained(ranking, before.true_positives, point.true_positives, areas, region_count);
    double share = next_rate > limit ? (limit - rate) / (next_rate - rate) : 1.0; /* of the step before the limit */
    area += share * (next_rate - rate) * (overlap + 0.5 * share * gain);
    overlap += gain;
    rate = next_rate;
  }
  return sn_metric(area / limit);
}

bool sn_region_overlap_curve(const SnRanking *ranking, const int64_t *areas, int64_t region_count, SnCurve *curve) {
  *curve = (SnCurve){0};
  if (!sn_ok()) return false;
  if (missing(ranking, region_count)) return true;
  double overlap = 0.0;
  SnCurvePoint last = {0.0f, 0.0f, INFINITY};
  sn_curve_append(curve, last);
  SnOperatingPoint point = {0}, before = point;
  for (; sn_ranking_next(ranking, &point) && sn_ok(); before = point) {
    overlap += overlap_gained(ranking, before.true_positives, point.true_positives, areas, region_count);
    last = (SnCurvePoint){(float)((double)point.false_positives / (double)ranking->negative_count), (float)overlap,
                          sn_ranking_score(point.key)};
    sn_curve_extend(curve, last);
  }
  sn_curve_append(curve, last);
  if (!sn_ok()) sn_curve_free(curve);
  return sn_ok();
}
