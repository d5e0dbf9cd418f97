/* Precision and recall over all thresholds, and what follows from them. */
#ifndef SN_METRICS_PRECISION_RECALL_H
#define SN_METRICS_PRECISION_RECALL_H

#include "metrics/curve.h"
#include "metrics/metric.h"
#include "metrics/ranking.h"

/* Average precision in [0, 1]: sum over thresholds of (recall - recall before) * precision, without interpolation
 * (sklearn.metrics.average_precision_score). No value unless positives and negatives are present. */
SnMetric sn_average_precision(const SnRanking *ranking);

/* The largest F1 = 2 TP / (2 TP + FP + FN) over all thresholds of "score >= threshold" (the maximum over
 * sklearn.metrics.precision_recall_curve), and a threshold that gives it: halfway between the lowest score that is
 * called defective and the next lower score; a little below the lowest score where all are called defective. Of several
 * splits equally good the one with the highest scores. Neither has a value unless positives and negatives are present.
 */
void sn_f1_max(const SnRanking *ranking, SnMetric *f1, SnMetric *threshold);

/* x = recall, y = precision, from the highest threshold to recall 1. Empty unless both kinds are present. */
bool sn_precision_recall_curve(const SnRanking *ranking, SnCurve *curve);

#endif
