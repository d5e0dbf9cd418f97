/* y = 1 / (1 + exp(-x)): dx = g y (1 - y). */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record), *inputs[] = {record->outputs[0], g};
  sn_accumulate(record->inputs[0], sn_compute_like(SN_KERNEL_sigmoid_backward, g, 2, inputs, NULL));
}

SnTensor *sn_sigmoid(SnTensor *x) {
  static const SnOp op = {"sigmoid", SN_OP_ELEMENTWISE, SN_KERNEL_sigmoid, backward};
  return sn_apply_elementwise(&op, x, NULL);
}
