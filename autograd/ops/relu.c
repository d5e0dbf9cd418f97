/* y = max(x, 0): dx = g where x > 0, else 0. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_relu_backward, g, 2, (SnTensor *[]){x, g}, NULL));
}

SnTensor *sn_relu(SnTensor *x) {
  static const SnOp op = {"relu", SN_OP_ELEMENTWISE, SN_KERNEL_relu, backward};
  return sn_apply_elementwise(&op, x, NULL);
}
