/* All metrics of one test set. */
#ifndef SN_METRICS_EVALUATION_H
#define SN_METRICS_EVALUATION_H

#include <stdbool.h>
#include <stdint.h>

#include "metrics/curve.h"
#include "metrics/metric.h"

/* What a detector said about a test set, and the truth. Plain arrays, all borrowed. */
typedef struct SnEvaluationData {
  int64_t images;              /* N */
  const float *image_scores;   /* [N], larger is more anomalous */
  const uint8_t *image_labels; /* [N], 0 good, else defective */
  int64_t height, width;       /* H, W */
  const float *maps;           /* [N,H,W] anomaly maps, or NULL: no pixel metrics */
  const uint8_t *masks;        /* [N,H,W], 0 defect-free, else defect; all 0 for a good image; or NULL */
  double region_overlap_limit; /* false positive rate up to which AU-PRO counts, in (0, 1]; 0 stands for MVTec's 0.3 */
} SnEvaluationData;

/* Each in [0, 1] but for the thresholds, which lie between scores; without a value where the data do not determine it.
 */
typedef struct SnEvaluation {
  SnMetric image_auroc, image_ap, image_f1_max, image_f1_threshold;
  SnMetric pixel_auroc, pixel_ap, pixel_f1_max, pixel_f1_threshold;
  SnMetric au_pro;
} SnEvaluation;

/* For plots; empty where there is nothing to show. */
typedef struct SnEvaluationCurves {
  SnCurve image_roc, image_precision_recall;
  SnCurve pixel_roc, pixel_precision_recall;
  SnCurve region_overlap;
} SnEvaluationCurves;

/* Computes every metric, and the curves unless `curves` is NULL (release them with sn_evaluation_curves_free). Pixels
 * are sorted once; memory: at most 8 bytes a defect-free pixel and 16 a defective one, and 4 a pixel of one image.
 * Scores that are not finite are an error naming the image, and the pixel. */
bool sn_evaluate(const SnEvaluationData *data, SnEvaluation *evaluation, SnEvaluationCurves *curves);

void sn_evaluation_curves_free(SnEvaluationCurves *curves);

#endif
