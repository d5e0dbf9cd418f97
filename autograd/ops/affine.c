/* y = scale x + shift with constants: dx = scale g. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record);
  SnAttributes attributes = {.affine = {record->attributes.affine.scale, 0}};
  sn_accumulate(record->inputs[0], sn_compute_like(SN_KERNEL_affine, g, 1, &g, &attributes));
}

static SnTensor *affine(SnTensor *x, double scale, double shift) {
  static const SnOp op = {"affine", backward};
  return sn_apply_elementwise(&op, SN_KERNEL_affine, x, &(SnAttributes){.affine = {scale, shift}});
}

SnTensor *sn_scale(SnTensor *x, double factor) { return affine(x, factor, 0); }
SnTensor *sn_add_scalar(SnTensor *x, double term) { return affine(x, 1, term); }
SnTensor *sn_neg(SnTensor *x) { return affine(x, -1, 0); }
