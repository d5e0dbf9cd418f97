/* Slice r of y is slice index[r] of x: dx is the sum, over all r with index[r] = n, of slices r of g as its slice n,
 * and 0 where there is no such r. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *inputs[] = {sn_output_gradient(record), sn_to_contiguous(record->inputs[1])};
  sn_accumulate(record->inputs[0],
                sn_compute_like(SN_KERNEL_index_select_backward, record->inputs[0], 2, inputs, &record->attributes));
}

SnTensor *sn_index_select(SnTensor *x, int dim, SnTensor *index) {
  static const SnOp op = {"index_select", SN_OP_DENSE, SN_KERNEL_index_select, backward};
  if (!sn_check_floating("index_select", 1, &x)) return NULL;
  int front = sn_check_dim("index_select", x, dim);
  if (front < 0) return NULL;
  if (!index || index->array.dtype != SN_INT64 || index->array.ndim != 1)
    return sn_fail_null("index_select: expected an int64 index [K], found %s%s%s", sn_tensor_text(index),
                        index ? " of " : "", index ? sn_dtype_name(index->array.dtype) : "");
  int64_t shape[SN_MAX_DIMS];
  for (int d = 0; d < x->array.ndim; d++) shape[d] = d == front ? index->array.shape[0] : x->array.shape[d];
  SnTensor *y = sn_empty(x->array.dtype, x->array.ndim, shape);
  SnTensor *dense[] = {sn_to_contiguous(x), sn_to_contiguous(index)};
  SnAttributes attributes = {.index_select = {.dim = front}};
  if (!sn_run_kernel(SN_KERNEL_index_select, 2, dense, 1, &y, &attributes)) return NULL;
  return sn_record(&op, 2, (SnTensor *[]){x, index}, 1, &y, &attributes);
}
