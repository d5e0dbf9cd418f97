#include "nn/linear.h"

#include <math.h>

#include "autograd/ops.h"
#include "nn/init.h"

SnLinear *sn_linear_new(int64_t in, int64_t out, bool with_bias, SnGenerator *generator) {
  SnLinear *layer = sn_scope_allocate(1, sizeof *layer, NULL);
  if (!layer) return NULL;
  layer->weight = sn_empty(sn_generator_dtype(generator), SN_SHAPE(out, in));
  sn_init_kaiming_uniform(layer->weight, sqrt(5.0), SN_FAN_IN, generator); /* = 1 / sqrt(in) */
  if (with_bias) layer->bias = sn_empty(sn_generator_dtype(generator), SN_SHAPE(out));
  if (with_bias) sn_init_default_bias(layer->bias, layer->weight, generator);
  sn_module_add_parameter(&layer->module, "weight", layer->weight);
  sn_module_add_parameter(&layer->module, "bias", layer->bias);
  return sn_ok() ? layer : NULL;
}

SnTensor *sn_linear_forward(const SnLinear *layer, SnTensor *x) {
  return sn_ok() ? sn_linear(x, layer->weight, layer->bias) : NULL;
}
