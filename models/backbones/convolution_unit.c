#include "models/backbones/convolution_unit.h"

#include "autograd/ops.h"
#include "nn/init.h"

SnConvolution *sn_kaiming_convolution(SnConvolutionShape shape, SnGenerator *generator) {
  int64_t stride = shape.stride ? shape.stride : 1, padding = shape.same ? 0 : shape.kernel / 2;
  SnConv2d options = {
      .stride = {stride, stride}, .padding = {padding, padding}, .groups = shape.groups ? shape.groups : 1};
  SnConvolution *layer = sn_conv2d_new(shape.in, shape.out, shape.kernel, options, shape.bias, generator);
  if (!layer || !sn_init_kaiming_normal(layer->weight, 0, SN_FAN_OUT, generator)) return NULL;
  return !shape.bias || sn_fill(layer->bias, 0) ? layer : NULL;
}

SnConvolutionUnit sn_convolution_unit(SnModule *parent, const char *conv, const char *bn, SnConvolutionShape shape,
                                      SnActivationFunction activation, SnGenerator *generator) {
  SnConvolutionUnit unit = {
      .conv = sn_kaiming_convolution(shape, generator), .activation = activation, .same = shape.same};
  if (bn && sn_ok()) unit.bn = sn_batch_norm_new(shape.out, generator);
  if (!sn_ok()) return (SnConvolutionUnit){0};
  if (bn && shape.eps > 0) unit.bn->eps = shape.eps;
  sn_module_add(parent, conv, &unit.conv->module);
  if (bn) sn_module_add(parent, bn, &unit.bn->module);
  return unit;
}

/* The convolution padded by (OH - 1) stride + kernel - H rows for OH = H / stride rounded up, half of them, rounded
 * down, at the beginning; columns likewise. */
static SnTensor *convolve_same(const SnConvolution *layer, SnTensor *x) {
  SnConv2d options = layer->options;
  for (int d = 0; d < 2; d++) {
    int64_t size = x->array.shape[2 + d], stride = options.stride[d];
    int64_t all = (size + stride - 1) / stride * stride - stride + layer->weight->array.shape[2 + d] - size;
    options.padding[d] = all > 0 ? all / 2 : 0;
    options.end_padding[d] = all > 0 ? all % 2 : 0;
  }
  return sn_conv2d(x, layer->weight, layer->bias, options);
}

SnTensor *sn_convolution_unit_forward(const SnConvolutionUnit *unit, SnTensor *x) {
  if (!sn_ok()) return NULL;
  x = unit->same ? convolve_same(unit->conv, x) : sn_conv2d_forward(unit->conv, x);
  if (unit->bn) x = sn_batch_norm_forward(unit->bn, x);
  return unit->activation ? unit->activation(x) : x;
}
