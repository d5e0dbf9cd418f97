/* Each output is a sum of inputs about its place, with weights that depend on places only (backends/bicubic.h). dx sums
 * g times the same weights. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_interpolate_bicubic_backward, x, 1, &g, &record->attributes));
}

SnTensor *sn_interpolate_bicubic(SnTensor *x, int64_t height, int64_t width, SnBicubic options) {
  static const SnOp op = {"interpolate_bicubic", SN_OP_DENSE, SN_KERNEL_interpolate_bicubic, backward};
  if (!sn_check_floating("interpolate_bicubic", 1, &x)) return NULL;
  if (x->array.ndim != 4 || height < 1 || width < 1 || x->array.shape[2] < 1 || x->array.shape[3] < 1)
    return sn_fail_null(
        "interpolate_bicubic: expected [N,C,H,W] and a size of at least 1 x 1, found %s and %lld x %lld",
        sn_tensor_text(x), (long long)height, (long long)width);
  for (int d = 0; d < 2; d++)
    if (!(options.scale[d] >= 0 && options.scale[d] <= 1e6))
      return sn_fail_null("interpolate_bicubic: expected scales from 0 to 1e6");
  SnTensor *y = sn_empty(x->array.dtype, SN_SHAPE(x->array.shape[0], x->array.shape[1], height, width));
  SnTensor *dense = sn_to_contiguous(x);
  SnAttributes attributes = {.bicubic = options};
  if (!sn_run_kernel(SN_KERNEL_interpolate_bicubic, 1, &dense, 1, &y, &attributes)) return NULL;
  return sn_record(&op, 1, &x, 1, &y, &attributes);
}
