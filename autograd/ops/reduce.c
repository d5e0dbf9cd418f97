#include "autograd/ops/reduce.h"

bool sn_reduction(const char *op, const SnTensor *x, int count, const int *dims, bool keep_dims, SnReduction *result) {
  *result = (SnReduction){.reduced_count = 1};
  bool reduced[SN_MAX_DIMS] = {false};
  for (int i = 0; i < count; i++) {
    int dim = sn_check_dim(op, x, dims[i]);
    if (dim < 0) return false;
    if (reduced[dim]) return sn_fail("%s: the dimension %d is named twice", op, dims[i]);
    reduced[dim] = true;
  }
  for (int d = 0; d < x->array.ndim; d++) {
    if (count == 0) reduced[d] = true;
    result->kept[d] = reduced[d] ? 1 : x->array.shape[d];
    if (reduced[d]) result->reduced_count *= x->array.shape[d];
    if (!reduced[d] || keep_dims) result->shape[result->ndim++] = result->kept[d];
  }
  return true;
}

/* Row-major strides: sizes of 1 may come and go without moving an element. */
static SnTensor *contiguous_view(const SnTensor *x, int ndim, const int64_t *shape) {
  int64_t stride[SN_MAX_DIMS], step = 1;
  for (int d = ndim - 1; d >= 0; d--) {
    stride[d] = step;
    step *= shape[d];
  }
  return sn_view(x, ndim, shape, stride, 0);
}

SnTensor *sn_reduction_result(const SnTensor *reduced, const SnReduction *reduction) {
  return sn_ok() ? contiguous_view(reduced, reduction->ndim, reduction->shape) : NULL;
}

SnTensor *sn_reduction_kept_view(const SnTensor *result, const SnReduction *reduction, const SnTensor *x) {
  return sn_ok() ? contiguous_view(result, x->array.ndim, reduction->kept) : NULL;
}
