/* From raw score maps to the last metric, on a test set like MVTec AD's bottle: 83 images, 63 of them with a defect. */
#ifndef SN_BENCH_SUPPORT_EVALUATION_H
#define SN_BENCH_SUPPORT_EVALUATION_H

#include "anomaly/settings.h"
#include "metrics/evaluation.h"
#include "tensor/tensor.h"

enum { SN_BENCH_TEST_IMAGES = 83 };

typedef struct SnBenchEvaluation {
  SnSettings settings;
  SnTensor *raw; /* [images, 28, 28] */
  float *maps, *image_scores;
  uint8_t *masks, *labels;
} SnBenchEvaluation;

/* Raw maps of noise, higher under an ellipse in every defective image. In the innermost scope. */
bool sn_bench_evaluation_new(SnBenchEvaluation *bench);

/* Maps resized and smoothed, image scores, and both halves' metrics. */
bool sn_bench_maps(void *bench);
bool sn_bench_metrics(void *bench);

#endif
