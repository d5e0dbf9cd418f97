#include "nn/batch_norm.h"

#include "autograd/ops.h"

SnBatchNorm *sn_batch_norm_new(int64_t channels, SnGenerator *generator) {
  SnBatchNorm *layer = sn_scope_allocate(1, sizeof *layer, NULL);
  if (!layer) return NULL;
  layer->momentum = 0.1;
  layer->eps = 1e-5;
  layer->weight = sn_full(sn_generator_dtype(generator), 1, SN_SHAPE(channels));
  layer->bias = sn_zeros(sn_generator_dtype(generator), SN_SHAPE(channels));
  layer->running_mean = sn_zeros(sn_generator_dtype(generator), SN_SHAPE(channels));
  layer->running_var = sn_full(sn_generator_dtype(generator), 1, SN_SHAPE(channels));
  sn_module_add_parameter(&layer->module, "weight", layer->weight);
  sn_module_add_parameter(&layer->module, "bias", layer->bias);
  sn_module_add_buffer(&layer->module, "running_mean", layer->running_mean);
  sn_module_add_buffer(&layer->module, "running_var", layer->running_var);
  return sn_ok() ? layer : NULL;
}

SnTensor *sn_batch_norm_forward(const SnBatchNorm *layer, SnTensor *x) {
  if (!sn_ok()) return NULL;
  return sn_batch_norm(x, layer->running_mean, layer->running_var, layer->weight, layer->bias, layer->module.training,
                       layer->momentum, layer->eps);
}
