/* Area under the per-region overlap curve, as MVTec AD defines it (Bergmann et al., IJCV 2021, section 5). */
#ifndef SN_METRICS_REGION_OVERLAP_H
#define SN_METRICS_REGION_OVERLAP_H

#include "metrics/curve.h"
#include "metrics/metric.h"
#include "metrics/ranking.h"

/* Pixels ranked with the number of their ground-truth region (1..region_count, 8-connected components of all masks;
 * 0 for defect-free pixels), and the area of each region in pixels: areas[region - 1].
 *
 * At a threshold, the overlap is the mean over regions of the share of the region's pixels with score >= threshold,
 * and the false positive rate counts the defect-free pixels of all images. AU-PRO is the area under overlap over
 * false positive rate from 0 to `limit` (MVTec: 0.3; in (0, 1]), by trapezoids between the points of all thresholds,
 * interpolated at the limit, divided by the limit: in [0, 1]. No value without regions or without defect-free pixels.
 */
SnMetric sn_region_overlap(const SnRanking *ranking, const int64_t *areas, int64_t region_count, double limit);

/* x = false positive rate, y = overlap, over the whole range from (0,0) to (1,1). Empty where AU-PRO has no value. */
bool sn_region_overlap_curve(const SnRanking *ranking, const int64_t *areas, int64_t region_count, SnCurve *curve);

#endif
