#include "nn/layer_norm.h"

#include "autograd/ops.h"

SnLayerNorm *sn_layer_norm_new(int64_t channels, double eps, SnGenerator *generator) {
  SnLayerNorm *layer = sn_scope_allocate(1, sizeof *layer, NULL);
  if (!layer) return NULL;
  layer->eps = eps;
  layer->weight = sn_full(sn_generator_dtype(generator), 1, SN_SHAPE(channels));
  layer->bias = sn_zeros(sn_generator_dtype(generator), SN_SHAPE(channels));
  sn_module_add_parameter(&layer->module, "weight", layer->weight);
  sn_module_add_parameter(&layer->module, "bias", layer->bias);
  return sn_ok() ? layer : NULL;
}

SnTensor *sn_layer_norm_forward(const SnLayerNorm *layer, SnTensor *x) {
  return sn_ok() ? sn_layer_norm(x, layer->weight, layer->bias, layer->eps) : NULL;
}
