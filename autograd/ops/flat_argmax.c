/* Indices have no derivative: to autograd the result is a constant. */
#include "autograd/ops/common.h"

SnTensor *sn_flat_argmax(SnTensor *x) {
  static const SnOp op = {"flat_argmax", SN_OP_DENSE, SN_KERNEL_flat_argmax, NULL};
  if (!sn_check_floating(op.name, 1, &x)) return NULL;
  if (x->array.ndim != 2 || x->array.shape[1] == 0)
    return sn_fail_null("flat_argmax: expected [R,C] with C > 0, found %s", sn_tensor_text(x));
  SnTensor *dense = sn_to_contiguous(x), *constant = sn_detach(x);
  SnTensor *index = sn_empty(SN_INT64, 1, x->array.shape);
  if (!sn_run_kernel(op.kernel, 1, &dense, 1, &index, NULL)) return NULL;
  return sn_record(&op, 1, &constant, 1, &index, NULL);
}
