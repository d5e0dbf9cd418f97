/* y = x h(x) with h = min(max(x + 3, 0), 6) / 6: dx = g (h + x h'), which is 0 up to x = -3, g from x = 3, and between
 * g ((x + 3) / 6 + x / 6) = g (x / 3 + 1 / 2). */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_hard_swish_backward, g, 2, (SnTensor *[]){x, g}, NULL));
}

SnTensor *sn_hard_swish(SnTensor *x) {
  static const SnOp op = {"hard_swish", SN_OP_ELEMENTWISE, SN_KERNEL_hard_swish, backward};
  return sn_apply_elementwise(&op, x, NULL);
}
