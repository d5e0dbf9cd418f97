#include "models/backbones/convolution_unit.h"

#include "autograd/ops.h"
#include "nn/init.h"

SnConvolution *sn_kaiming_convolution(SnConvolutionShape shape, SnGenerator *generator) {
  int64_t stride = shape.stride ? shape.stride : 1, padding = shape.kernel / 2;
  SnConv2d options = {
      .stride = {stride, stride}, .padding = {padding, padding}, .groups = shape.groups ? shape.groups : 1};
  SnConvolution *layer = sn_conv2d_new(shape.in, shape.out, shape.kernel, options, shape.bias, generator);
  if (!layer || !sn_init_kaiming_normal(layer->weight, 0, SN_FAN_OUT, generator)) return NULL;
  return !shape.bias || sn_fill(layer->bias, 0) ? layer : NULL;
}

SnConvolutionUnit sn_convolution_unit(SnModule *parent, const char *conv, const char *bn, SnConvolutionShape shape,
                                      SnActivationFunction activation, SnGenerator *generator) {
  SnConvolutionUnit unit = {.conv = sn_kaiming_convolution(shape, generator), .activation = activation};
  if (bn && sn_ok()) unit.bn = sn_batch_norm_new(shape.out, generator);
  if (!sn_ok()) return (SnConvolutionUnit){0};
  sn_module_add(parent, conv, &unit.conv->module);
  if (bn) sn_module_add(parent, bn, &unit.bn->module);
  return unit;
}

SnTensor *sn_convolution_unit_forward(const SnConvolutionUnit *unit, SnTensor *x) {
  if (!sn_ok()) return NULL;
  x = sn_conv2d_forward(unit->conv, x);
  if (unit->bn) x = sn_batch_norm_forward(unit->bn, x);
  return unit->activation ? unit->activation(x) : x;
}
