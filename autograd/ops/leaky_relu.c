/* y = x where x > 0, else slope x: dx = g where x > 0, else slope g. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_leaky_relu_backward, g, 2, (SnTensor *[]){x, g}, &record->attributes));
}

SnTensor *sn_leaky_relu(SnTensor *x, double negative_slope) {
  static const SnOp op = {"leaky_relu", SN_OP_ELEMENTWISE, SN_KERNEL_leaky_relu, backward};
  return sn_apply_elementwise(&op, x, &(SnAttributes){.leaky_relu = {negative_slope}});
}
