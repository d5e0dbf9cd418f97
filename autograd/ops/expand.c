/* x repeated to a shape it broadcasts to, without copying: dx = g summed over the repetitions. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0];
  sn_accumulate(x, sn_sum_to_shape(sn_output_gradient(record), x));
}

SnTensor *sn_expand(SnTensor *x, int ndim, const int64_t *shape) {
  static const SnOp op = {"expand", SN_OP_VIEW, SN_KERNEL_copy, backward};
  if (!sn_ok()) return NULL;
  if (!x) return sn_fail_null("expand: the tensor is NULL");
  SnTensor *y = sn_broadcast_view("expand", x, ndim, shape);
  return sn_record(&op, 1, &x, 1, &y, NULL);
}
