/* y[n,o,i,j] = b[o] + sum over c,u,v of w[o,c,u,v] x[n, c of o's group, i s - p + u d, j s - p + v d], torch.nn.Conv2d:
 * dx is g correlated back through w, dw sums g x over images and positions, db sums g. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *weight = record->inputs[1], *bias = record->inputs[2];
  SnTensor *g = sn_output_gradient(record), *dense_x = sn_to_contiguous(sn_detach(x));
  SnTensor *dense_weight = sn_to_contiguous(sn_detach(weight));
  if (sn_needs_gradient(x))
    sn_accumulate(x, sn_compute_like(SN_KERNEL_conv2d_backward_input, x, 2, (SnTensor *[]){g, dense_weight},
                                     &record->attributes));
  if (sn_needs_gradient(weight))
    sn_accumulate(weight, sn_compute_like(SN_KERNEL_conv2d_backward_weight, weight, 2, (SnTensor *[]){g, dense_x},
                                          &record->attributes));
  if (sn_needs_gradient(bias)) {
    SnTensor *channels =
        sn_view(bias, 3, (int64_t[]){bias->array.shape[0], 1, 1}, (int64_t[]){bias->array.stride[0], 1, 1}, 0);
    SnTensor *sum = sn_ok() ? sn_sum_to_shape(g, channels) : NULL;
    if (sum) sn_accumulate(bias, sn_view(sum, 1, bias->array.shape, (int64_t[]){1}, 0));
  }
}

SnTensor *sn_conv2d(SnTensor *x, SnTensor *weight, SnTensor *bias, SnConv2d options) {
  static const SnOp op = {"conv2d", SN_OP_CONVOLUTION, SN_KERNEL_conv2d, backward};
  if (!sn_check_floating("conv2d", 3, (SnTensor *[]){x, weight, bias})) return NULL;
  if (options.groups == 0) options.groups = 1;
  if (!weight || x->array.ndim != 4 || weight->array.ndim != 4 || options.groups < 1 ||
      weight->array.shape[0] % options.groups != 0 || x->array.shape[1] != weight->array.shape[1] * options.groups ||
      (bias && !sn_has_shape(bias, 1, weight->array.shape)))
    return sn_fail_null("conv2d: x %s, weight %s, bias %s and %lld groups do not fit", sn_tensor_text(x),
                        sn_tensor_text(weight), sn_tensor_text(bias), (long long)options.groups);
  int64_t size[2];
  for (int i = 0; i < 2; i++) {
    if (options.stride[i] == 0) options.stride[i] = 1;
    if (options.dilation[i] == 0) options.dilation[i] = 1;
    if (options.stride[i] < 0 || options.dilation[i] < 0 || options.padding[i] < 0 || options.end_padding[i] < 0)
      return sn_fail_null("conv2d: stride, padding and dilation cannot be negative");
    size[i] = sn_window_count(x->array.shape[2 + i] + options.end_padding[i], weight->array.shape[2 + i],
                              options.stride[i], options.padding[i], options.dilation[i]);
    if (size[i] < 1 || weight->array.shape[2 + i] < 1)
      return sn_fail_null("conv2d: the kernel of weight %s does not fit in x %s", sn_tensor_text(weight),
                          sn_tensor_text(x));
  }
  SnTensor *y = sn_empty(x->array.dtype, SN_SHAPE(x->array.shape[0], weight->array.shape[0], size[0], size[1]));
  SnTensor *dense[] = {sn_to_contiguous(x), sn_to_contiguous(weight), bias ? sn_to_contiguous(bias) : NULL};
  SnAttributes attributes = {.conv2d = options};
  if (!sn_run_kernel(SN_KERNEL_conv2d, 3, dense, 1, &y, &attributes)) return NULL;
  return sn_record(&op, 3, (SnTensor *[]){x, weight, bias}, 1, &y, &attributes);
}
