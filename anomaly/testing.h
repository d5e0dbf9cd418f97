/* A model on a test set: scores, maps and metrics. */
#ifndef SN_ANOMALY_TESTING_H
#define SN_ANOMALY_TESTING_H

#include "anomaly/features.h"
#include "metrics/evaluation.h"
#include "metrics/false_alarms.h"

typedef struct SnTestResult {
  int64_t image_count;
  float *image_scores; /* [images] */
  float *maps;         /* [images, height, width] of the crop */
  SnEvaluation evaluation;
} SnTestResult;

/* Scores of the features of `images` images, and their maps [images, crop, crop] unless maps is NULL. */
bool sn_score_features(SnModel *model, const SnFeatures *features, int64_t images, float *maps, float *scores);

/* A threshold from the features of the data set's calibration images (metrics/false_alarms.h). A score that is not
 * finite is an error that names the photograph. */
bool sn_calibrate_on_features(SnModel *model, const SnDataset *dataset, const SnFeatures *features, double rate,
                              SnFalseAlarms *alarms);

/* What a threshold does on the test set. */
SnDecisionCounts sn_test_decisions(const SnTestResult *test, const SnDataset *dataset, double threshold);

/* Scores the features of a data set's test samples and computes every metric, in the innermost scope. Where defective
 * images have no masks the pixel metrics have no value, and say so. A score that is not finite is an error that names
 * the photograph. curves may be NULL; release them with sn_evaluation_curves_free. */
SnTestResult *sn_test(SnModel *model, const SnDataset *dataset, const SnFeatures *features, const SnTruth *truth,
                      SnEvaluationCurves *curves);

#endif
