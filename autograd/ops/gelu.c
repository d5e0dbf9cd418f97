/* y = x P(x), P the standard normal distribution and p = P' its density: dx = g (P(x) + x p(x)). */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_gelu_backward, g, 2, (SnTensor *[]){x, g}, NULL));
}

SnTensor *sn_gelu(SnTensor *x) {
  static const SnOp op = {"gelu", SN_OP_ELEMENTWISE, SN_KERNEL_gelu, backward};
  return sn_apply_elementwise(&op, x, NULL);
}
