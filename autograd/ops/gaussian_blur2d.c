/* Each plane convolved with a normalised Gaussian of radius int(4 sigma + 0.5), mirrored at the border (edge cell
 * included), first along H, then along W: scipy.ndimage.gaussian_filter. dx is the transposed map applied to g. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_gaussian_blur2d_backward, x, 1, &g, &record->attributes));
}

SnTensor *sn_gaussian_blur2d(SnTensor *x, double sigma) {
  static const SnOp op = {"gaussian_blur2d", SN_OP_DENSE, SN_KERNEL_gaussian_blur2d, backward};
  if (!sn_check_floating("gaussian_blur2d", 1, &x)) return NULL;
  if (x->array.ndim != 4 || !(sigma > 0) || sigma > 1e6)
    return sn_fail_null("gaussian_blur2d: expected [N,C,H,W] and a sigma above 0, found %s and %g", sn_tensor_text(x),
                        sigma);
  SnTensor *y = sn_empty(x->array.dtype, 4, x->array.shape), *dense = sn_to_contiguous(x);
  SnAttributes attributes = {.gaussian_blur = {sigma}};
  if (!sn_run_kernel(SN_KERNEL_gaussian_blur2d, 1, &dense, 1, &y, &attributes)) return NULL;
  return sn_record(&op, 1, &x, 1, &y, &attributes);
}
