/* A model on a test set: scores, maps and metrics. */
#ifndef SN_MODELS_SIMPLENET_TESTING_H
#define SN_MODELS_SIMPLENET_TESTING_H

#include "metrics/evaluation.h"
#include "models/simplenet/features.h"

typedef struct SnTestResult {
  int64_t image_count;
  float *image_scores; /* [images] */
  float *maps;         /* [images, crop, crop] */
  SnEvaluation evaluation;
} SnTestResult;

/* Scores the features of a data set's test samples and computes every metric, in the innermost scope. features must
 * have been extracted with masks. Where defective images have no masks the pixel metrics have no value, and say so.
 * A score that is not finite is an error that names
 * the photograph. curves may be NULL; release them with sn_evaluation_curves_free. */
SnTestResult *sn_simplenet_test(SnSimpleNet *model, const SnDataset *dataset, const SnFeatures *features,
                                SnEvaluationCurves *curves);

#endif
