/* Every window of [N,C,H,W] as a column, channel-major [c][kh][kw] (F.unfold). dx sums g over the windows that hold the
 * cell. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_unfold_backward, x, 1, &g, &record->attributes));
}

SnTensor *sn_unfold(SnTensor *x, SnUnfold options) {
  static const SnOp op = {"unfold", SN_OP_DENSE, SN_KERNEL_unfold, backward};
  if (!sn_check_floating("unfold", 1, &x)) return NULL;
  if (x->array.ndim != 4) return sn_fail_null("unfold: expected [N,C,H,W], found %s", sn_tensor_text(x));
  int64_t windows = 1;
  for (int i = 0; i < 2; i++) {
    if (options.stride[i] == 0) options.stride[i] = 1;
    if (options.dilation[i] == 0) options.dilation[i] = 1;
    if (options.kernel[i] < 1 || options.stride[i] < 0 || options.dilation[i] < 0 || options.padding[i] < 0)
      return sn_fail_null("unfold: expected a kernel of at least 1 and no negative stride, padding or dilation");
    int64_t count = sn_window_count(x->array.shape[2 + i], options.kernel[i], options.stride[i], options.padding[i],
                                    options.dilation[i]);
    if (count < 1)
      return sn_fail_null("unfold: a kernel of %lld does not fit in %s", (long long)options.kernel[i],
                          sn_tensor_text(x));
    windows *= count;
  }
  int64_t rows = x->array.shape[1] * options.kernel[0] * options.kernel[1];
  SnTensor *y = sn_empty(x->array.dtype, SN_SHAPE(x->array.shape[0], rows, windows));
  SnTensor *dense = sn_to_contiguous(x);
  SnAttributes attributes = {.unfold = options};
  if (!sn_run_kernel(SN_KERNEL_unfold, 1, &dense, 1, &y, &attributes)) return NULL;
  return sn_record(&op, 1, &x, 1, &y, &attributes);
}
