/* y = min(max(x, 0), 6): dx = g where 0 < x < 6, else 0. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_relu6_backward, g, 2, (SnTensor *[]){x, g}, NULL));
}

SnTensor *sn_relu6(SnTensor *x) {
  static const SnOp op = {"relu6", SN_OP_ELEMENTWISE, SN_KERNEL_relu6, backward};
  return sn_apply_elementwise(&op, x, NULL);
}
