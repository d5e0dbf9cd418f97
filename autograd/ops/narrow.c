/* y = x[..., start : start + length, ...]: dx = g there, 0 elsewhere. */
#include "autograd/ops/common.h"

static SnTensor *narrowed(SnTensor *x, int dim, int64_t start, int64_t length) {
  int64_t shape[SN_MAX_DIMS];
  for (int d = 0; d < x->array.ndim; d++) shape[d] = d == dim ? length : x->array.shape[d];
  return sn_view(x, x->array.ndim, shape, x->array.stride, start * x->array.stride[dim]);
}

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record), *dx = sn_empty_like(x);
  if (!sn_fill(dx, 0)) return;
  int dim = record->attributes.narrow.dim;
  SnTensor *part = narrowed(dx, dim, record->attributes.narrow.start, g->array.shape[dim]);
  if (sn_copy_into(part, g)) sn_accumulate(x, dx);
}

SnTensor *sn_narrow(SnTensor *x, int dim, int64_t start, int64_t length) {
  static const SnOp op = {"narrow", SN_OP_VIEW, SN_KERNEL_copy, backward};
  if (!sn_ok()) return NULL;
  if (!x) return sn_fail_null("narrow: the tensor is NULL");
  int front = sn_check_dim("narrow", x, dim);
  if (front < 0) return NULL;
  int64_t size = x->array.shape[front];
  if (start < 0 || length < 0 || start > size || length > size - start)
    return sn_fail_null("narrow: %lld elements from %lld do not fit in dimension %d of %s", (long long)length,
                        (long long)start, front, sn_tensor_text(x));
  SnTensor *y = narrowed(x, front, start, length);
  return sn_record(&op, 1, &x, 1, &y, &(SnAttributes){.narrow = {front, start}});
}
