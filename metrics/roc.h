/* Receiver operating characteristic: true positive rate over false positive rate, over all thresholds. */
#ifndef SN_METRICS_ROC_H
#define SN_METRICS_ROC_H

#include "metrics/curve.h"
#include "metrics/metric.h"
#include "metrics/ranking.h"

/* Area under the ROC curve in [0, 1], ties counted half: the chance that a positive scores above a negative. Exact but
 * for one division (sklearn.metrics.roc_auc_score). No value unless both kinds are present. */
SnMetric sn_auroc(const SnRanking *ranking);

/* x = false positive rate, y = true positive rate, from (0,0) to (1,1). The curve is empty unless both kinds are
 * present. */
bool sn_roc_curve(const SnRanking *ranking, SnCurve *curve);

#endif
