/* y = exp(x) / sum exp(x) over one dimension: dx = y (g - sum g y).
 * y = x - ln sum exp(x):                      dx = g - exp(y) sum g. */
#include "autograd/ops/common.h"

static void backward_rows(const SnRecord *record, SnKernel kernel) {
  SnTensor *g = sn_output_gradient(record);
  sn_accumulate(record->inputs[0],
                sn_compute_like(kernel, record->inputs[0], 2, (SnTensor *[]){record->outputs[0], g}, NULL));
}

static void backward_softmax(const SnRecord *record) { backward_rows(record, SN_KERNEL_softmax_backward); }
static void backward_log_softmax(const SnRecord *record) { backward_rows(record, SN_KERNEL_log_softmax_backward); }

/* The kernels work on rows [R,C]: the dimension is moved to the end and back around the recorded call. */
static SnTensor *apply(const SnOp *op, SnTensor *x, int dim) {
  if (!sn_check_floating(op->name, 1, &x)) return NULL;
  int ndim = x->array.ndim, front = sn_check_dim(op->name, x, dim), order[SN_MAX_DIMS] = {0};
  if (front < 0) return NULL;
  for (int d = 0; d < ndim; d++) order[d] = d;
  order[front] = ndim - 1; /* swapping two dimensions is its own inverse */
  order[ndim - 1] = front;
  SnTensor *moved = sn_permute(x, ndim, order);
  if (!moved) return NULL;
  int64_t columns = moved->array.shape[ndim - 1], rows = 1;
  for (int d = 0; d < ndim - 1; d++) rows *= moved->array.shape[d];
  SnTensor *flat = sn_reshape(moved, SN_SHAPE(rows, columns)), *y = sn_empty(x->array.dtype, SN_SHAPE(rows, columns));
  y = sn_apply(op, 1, &flat, 1, &y, NULL);
  return sn_permute(sn_reshape(y, ndim, moved->array.shape), ndim, order);
}

SnTensor *sn_softmax(SnTensor *x, int dim) {
  static const SnOp op = {"softmax", SN_OP_DENSE, SN_KERNEL_softmax, backward_softmax};
  return apply(&op, x, dim);
}

SnTensor *sn_log_softmax(SnTensor *x, int dim) {
  static const SnOp op = {"log_softmax", SN_OP_DENSE, SN_KERNEL_log_softmax, backward_log_softmax};
  return apply(&op, x, dim);
}
