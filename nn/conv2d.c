#include "nn/conv2d.h"

#include <math.h>

#include "autograd/ops.h"
#include "nn/init.h"

SnConvolution *sn_conv2d_new(int64_t in, int64_t out, int64_t kernel, SnConv2d options, bool with_bias,
                             SnGenerator *generator) {
  SnConvolution *layer = sn_scope_allocate(1, sizeof *layer, NULL);
  if (!layer) return NULL;
  int64_t groups = options.groups ? options.groups : 1;
  layer->options = options;
  layer->weight = sn_empty(sn_generator_dtype(generator), SN_SHAPE(out, in / groups, kernel, kernel));
  sn_init_kaiming_uniform(layer->weight, sqrt(5.0), SN_FAN_IN, generator); /* = 1 / sqrt(fan_in) */
  if (with_bias) layer->bias = sn_empty(sn_generator_dtype(generator), SN_SHAPE(out));
  if (with_bias) sn_init_default_bias(layer->bias, layer->weight, generator);
  sn_module_add_parameter(&layer->module, "weight", layer->weight);
  sn_module_add_parameter(&layer->module, "bias", layer->bias);
  return sn_ok() ? layer : NULL;
}

SnTensor *sn_conv2d_forward(const SnConvolution *layer, SnTensor *x) {
  return sn_ok() ? sn_conv2d(x, layer->weight, layer->bias, layer->options) : NULL;
}
