/* y = min(max(x + 3, 0), 6) / 6: dx = g / 6 where -3 < x < 3, else 0. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_hard_sigmoid_backward, g, 2, (SnTensor *[]){x, g}, NULL));
}

SnTensor *sn_hard_sigmoid(SnTensor *x) {
  static const SnOp op = {"hard_sigmoid", SN_OP_ELEMENTWISE, SN_KERNEL_hard_sigmoid, backward};
  return sn_apply_elementwise(&op, x, NULL);
}
