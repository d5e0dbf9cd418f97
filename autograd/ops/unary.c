/* exp, log, sqrt, abs. With g = dL/dy:
 *   exp: dx = g y      log: dx = g / x      sqrt: dx = g / (2 y)      abs: dx = g sign(x) */
#include "autograd/ops/common.h"

static void give(const SnRecord *record, SnKernel kernel, SnTensor *a, SnTensor *b, double factor) {
  SnTensor *product = sn_compute_like(kernel, a, 2, (SnTensor *[]){a, b}, NULL);
  if (product && factor != 1)
    product = sn_compute_like(SN_KERNEL_affine, product, 1, &product, &(SnAttributes){.affine = {factor, 0}});
  sn_accumulate(record->inputs[0], product);
}

static void backward_exp(const SnRecord *record) {
  give(record, SN_KERNEL_multiply, sn_output_gradient(record), record->outputs[0], 1);
}

static void backward_log(const SnRecord *record) {
  give(record, SN_KERNEL_divide, sn_output_gradient(record), record->inputs[0], 1);
}

static void backward_sqrt(const SnRecord *record) {
  give(record, SN_KERNEL_divide, sn_output_gradient(record), record->outputs[0], 0.5);
}

static void backward_abs(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_abs_backward, g, 2, (SnTensor *[]){x, g}, NULL));
}

SnTensor *sn_exp(SnTensor *x) {
  static const SnOp op = {"exp", SN_OP_ELEMENTWISE, SN_KERNEL_exp, backward_exp};
  return sn_apply_elementwise(&op, x, NULL);
}

SnTensor *sn_log(SnTensor *x) {
  static const SnOp op = {"log", SN_OP_ELEMENTWISE, SN_KERNEL_log, backward_log};
  return sn_apply_elementwise(&op, x, NULL);
}

SnTensor *sn_sqrt(SnTensor *x) {
  static const SnOp op = {"sqrt", SN_OP_ELEMENTWISE, SN_KERNEL_sqrt, backward_sqrt};
  return sn_apply_elementwise(&op, x, NULL);
}

SnTensor *sn_abs(SnTensor *x) {
  static const SnOp op = {"abs", SN_OP_ELEMENTWISE, SN_KERNEL_abs, backward_abs};
  return sn_apply_elementwise(&op, x, NULL);
}
