/* y = scale x + shift with constants: dx = scale g. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record);
  SnAttributes attributes = {.affine = {record->attributes.affine.scale, 0}};
  sn_accumulate(record->inputs[0], sn_compute_like(SN_KERNEL_affine, g, 1, &g, &attributes));
}

static SnTensor *affine(const SnOp *op, SnTensor *x, double scale, double shift) {
  return sn_apply_elementwise(op, x, &(SnAttributes){.affine = {scale, shift}});
}

SnTensor *sn_scale(SnTensor *x, double factor) {
  static const SnOp op = {"scale", SN_OP_ELEMENTWISE, SN_KERNEL_affine, backward};
  return affine(&op, x, factor, 0);
}

SnTensor *sn_add_scalar(SnTensor *x, double term) {
  static const SnOp op = {"add_scalar", SN_OP_ELEMENTWISE, SN_KERNEL_affine, backward};
  return affine(&op, x, 1, term);
}

SnTensor *sn_neg(SnTensor *x) {
  static const SnOp op = {"neg", SN_OP_ELEMENTWISE, SN_KERNEL_affine, backward};
  return affine(&op, x, -1, 0);
}
