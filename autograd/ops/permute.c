/* Dimension d of y is dimension dims[d] of x: dx = g, permuted back. */
#include "autograd/ops/common.h"

static SnTensor *permuted(SnTensor *x, const int *dims) {
  int64_t shape[SN_MAX_DIMS], stride[SN_MAX_DIMS];
  for (int d = 0; d < x->array.ndim; d++) {
    shape[d] = x->array.shape[dims[d]];
    stride[d] = x->array.stride[dims[d]];
  }
  return sn_view(x, x->array.ndim, shape, stride, 0);
}

static void backward(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record);
  if (!g) return;
  int inverse[SN_MAX_DIMS] = {0};
  for (int d = 0; d < g->array.ndim; d++) inverse[record->attributes.permute.dims[d]] = d;
  sn_accumulate(record->inputs[0], permuted(g, inverse));
}

SnTensor *sn_permute(SnTensor *x, int count, const int *dims) {
  static const SnOp op = {"permute", SN_OP_VIEW, SN_KERNEL_copy, backward};
  if (!sn_ok()) return NULL;
  if (!x || count != x->array.ndim)
    return sn_fail_null("permute: expected one number for each dimension of %s, found %d", sn_tensor_text(x), count);
  SnAttributes attributes = {0};
  bool used[SN_MAX_DIMS] = {false};
  for (int d = 0; d < count; d++) {
    int dim = sn_check_dim("permute", x, dims[d]);
    if (dim < 0) return NULL;
    if (used[dim]) return sn_fail_null("permute: the dimension %d is named twice", dims[d]);
    used[dim] = true;
    attributes.permute.dims[d] = dim;
  }
  SnTensor *y = permuted(x, attributes.permute.dims);
  return sn_record(&op, 1, &x, 1, &y, &attributes);
}
