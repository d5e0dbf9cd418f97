/* y = min(max(x, low), high): dx = g where low <= x <= high, else 0. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_clamp_backward, g, 2, (SnTensor *[]){x, g}, &record->attributes));
}

SnTensor *sn_clamp(SnTensor *x, double low, double high) {
  static const SnOp op = {"clamp", SN_OP_ELEMENTWISE, SN_KERNEL_clamp, backward};
  if (sn_ok() && !(low <= high)) return sn_fail_null("clamp: expected low <= high, found %g and %g", low, high);
  return sn_apply_elementwise(&op, x, &(SnAttributes){.clamp = {low, high}});
}
