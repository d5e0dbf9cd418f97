#include "backends/cpu/convolution.h"

#include "backends/cpu/gemm.h"

bool SN_CPU(convolution)(SnConvolution *convolution, const SnArray *x, const SnArray *weight, const SnArray *y,
                         const SnConv2d *options) {
  SnConvolution c = {.images = x->shape[0], .groups = options->groups, .channels = weight->shape[1]};
  c.outputs = weight->shape[0] / options->groups;
  c.pointwise = !sn_conv2d_is_padded(options);
  for (int d = 0; d < 2; d++) {
    c.windows.size[d] = x->shape[2 + d];
    c.windows.out[d] = y->shape[2 + d];
    c.windows.kernel[d] = weight->shape[2 + d];
    c.windows.stride[d] = options->stride[d];
    c.windows.padding[d] = options->padding[d];
    c.windows.dilation[d] = options->dilation[d];
    c.pointwise = c.pointwise && weight->shape[2 + d] == 1 && options->stride[d] == 1;
  }
  c.area = x->shape[2] * x->shape[3];
  c.positions = y->shape[2] * y->shape[3];
  c.rows = c.channels * weight->shape[2] * weight->shape[3];
  *convolution = c;
  return SN_CPU(gemm_takes)(c.outputs, c.positions, c.rows, sn_larger(c.area, c.positions));
}
