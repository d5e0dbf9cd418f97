#ifndef SN_NN_BATCH_NORM_H
#define SN_NN_BATCH_NORM_H

#include "nn/generator.h"
#include "nn/module.h"

/* torch.nn.BatchNorm1d and BatchNorm2d: weight (at first 1), bias (0) and the buffers running_mean (0) and running_var
 * (1), each [channels]; momentum 0.1, eps 1e-5. */
typedef struct SnBatchNorm {
  SnModule module;                                      /* the base; must be first */
  SnTensor *weight, *bias, *running_mean, *running_var; /* [channels] each */
  double momentum, eps; /* share of the new batch in the running statistics; added to the variance */
} SnBatchNorm;

/* In the innermost scope; NULL and an error on failure. */
SnBatchNorm *sn_batch_norm_new(int64_t channels, SnGenerator *generator);

/* x [N, channels] or [N, channels, H, W]; batch statistics while the module is in training, running ones otherwise. */
SnTensor *sn_batch_norm_forward(const SnBatchNorm *layer, SnTensor *x);

#endif
