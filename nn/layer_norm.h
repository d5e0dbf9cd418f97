#ifndef SN_NN_LAYER_NORM_H
#define SN_NN_LAYER_NORM_H

#include "nn/generator.h"
#include "nn/module.h"

/* torch.nn.LayerNorm over the last dimension: weight (at first 1) and bias (0), each [channels]. */
typedef struct SnLayerNorm {
  SnModule module;         /* the base; must be first */
  SnTensor *weight, *bias; /* [channels] each */
  double eps;              /* added to the variance */
} SnLayerNorm;

/* In the innermost scope; NULL and an error on failure. */
SnLayerNorm *sn_layer_norm_new(int64_t channels, double eps, SnGenerator *generator);

/* x [..., channels] */
SnTensor *sn_layer_norm_forward(const SnLayerNorm *layer, SnTensor *x);

#endif
