#ifndef SN_NN_LAYER_NORM_H
#define SN_NN_LAYER_NORM_H

#include "nn/generator.h"
#include "nn/module.h"

/* torch.nn.LayerNorm over the last dimension: weight (at first 1) and bias (0), each [channels]. */
typedef struct SnLayerNorm {
  SnModule module;
  SnTensor *weight, *bias;
  double eps;
} SnLayerNorm;

SnLayerNorm *sn_layer_norm_new(int64_t channels, double eps, SnGenerator *generator);

/* x [..., channels] */
SnTensor *sn_layer_norm_forward(const SnLayerNorm *layer, SnTensor *x);

#endif
