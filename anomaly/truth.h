/* What is known of test images: which are defective, and where. */
#ifndef SN_ANOMALY_TRUTH_H
#define SN_ANOMALY_TRUTH_H

#include "datasets/dataset.h"
#include "datasets/loader.h"
#include "metrics/evaluation.h"

typedef struct SnTruth {
  SnSize size;        /* of masks */
  uint8_t *masks;     /* [images, height, width], 0 or 1 */
  bool *mask_missing; /* [images]: defective, but without a mask */
} SnTruth;

/* For `images` images and masks of that size, in the innermost scope. */
SnTruth *sn_truth_new(int64_t images, SnSize size);

/* Takes over a batch's masks as those of images first and on. */
void sn_truth_add(SnTruth *truth, const SnBatch *batch, int64_t first);

#endif
