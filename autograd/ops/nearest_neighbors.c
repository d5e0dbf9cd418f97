/* Indices have no derivative: to autograd the result is a constant. */
#include "autograd/ops/common.h"

SnTensor *sn_nearest_neighbors(SnTensor *x, SnTensor *bank, int64_t k) {
  static const SnOp op = {"nearest_neighbors", SN_OP_DENSE, SN_KERNEL_nearest_neighbors, NULL};
  SnTensor *inputs[] = {x, bank};
  if (!sn_check_floating(op.name, 2, inputs)) return NULL;
  if (!bank || x->array.ndim != 2 || bank->array.ndim != 2 || x->array.shape[1] != bank->array.shape[1] || k < 1 ||
      k > bank->array.shape[0])
    return sn_fail_null("nearest_neighbors: expected x [R,C], a bank [M,C] and k from 1 to M, found %s, %s and %lld",
                        sn_tensor_text(x), sn_tensor_text(bank), (long long)k);
  SnTensor *dense[] = {sn_to_contiguous(x), sn_to_contiguous(bank)}, *constants[] = {sn_detach(x), sn_detach(bank)};
  SnTensor *indices = sn_empty(SN_INT64, SN_SHAPE(x->array.shape[0], k));
  if (!sn_run_kernel(op.kernel, 2, dense, 1, &indices, NULL)) return NULL;
  return sn_record(&op, 2, constants, 1, &indices, NULL);
}
