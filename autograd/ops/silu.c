/* y = x s(x) with the sigmoid s, s' = s (1 - s): dx = g (s + x s (1 - s)) = g s (1 + x (1 - s)). */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_silu_backward, g, 2, (SnTensor *[]){x, g}, NULL));
}

SnTensor *sn_silu(SnTensor *x) {
  static const SnOp op = {"silu", SN_OP_ELEMENTWISE, SN_KERNEL_silu, backward};
  return sn_apply_elementwise(&op, x, NULL);
}
