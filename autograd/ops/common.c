#include "autograd/ops/common.h"

bool sn_check_floating(const char *op, int count, SnTensor *const *tensors) {
  if (!sn_ok()) return false;
  SnDtype dtype = tensors[0] ? tensors[0]->array.dtype : SN_FLOAT32;
  if (!tensors[0]) return sn_fail("%s: a tensor is NULL", op);
  for (int i = 0; i < count; i++) {
    if (!tensors[i]) continue;
    if (!sn_is_floating(tensors[i]->array.dtype))
      return sn_fail("%s: expected float32 or float64, found %s", op, sn_dtype_name(tensors[i]->array.dtype));
    if (tensors[i]->array.dtype != dtype)
      return sn_fail("%s: expected one dtype, found %s and %s", op, sn_dtype_name(dtype),
                     sn_dtype_name(tensors[i]->array.dtype));
  }
  return true;
}

int sn_check_dim(const char *op, const SnTensor *x, int dim) {
  int ndim = x->array.ndim, front = dim < 0 ? dim + ndim : dim;
  if (front >= 0 && front < ndim) return front;
  sn_fail("%s: the shape %s has no dimension %d", op, sn_tensor_text(x), dim);
  return -1;
}

SnTensor *sn_broadcast_view(const char *op, const SnTensor *x, int ndim, const int64_t *shape) {
  if (!sn_ok()) return NULL;
  int64_t stride[SN_MAX_DIMS] = {0};
  int added = ndim <= SN_MAX_DIMS ? ndim - x->array.ndim : -1;
  for (int d = 0; d < x->array.ndim && added >= 0; d++) {
    if (x->array.shape[d] == shape[d + added])
      stride[d + added] = x->array.stride[d];
    else if (x->array.shape[d] != 1)
      added = -1;
  }
  if (added < 0)
    return sn_fail_null("%s: the shape %s cannot be broadcast to %s", op, sn_tensor_text(x),
                        sn_shape_text(ndim, shape));
  return sn_view(x, ndim, shape, stride, 0);
}

SnTensor *sn_sum_to_shape(SnTensor *gradient, const SnTensor *like) {
  if (!sn_ok() || sn_same_shape(gradient, like)) return gradient;
  int64_t reduced[SN_MAX_DIMS];
  int added = gradient->array.ndim - like->array.ndim;
  for (int d = 0; d < gradient->array.ndim; d++) reduced[d] = d < added ? 1 : like->array.shape[d - added];
  SnTensor *sum = sn_empty(gradient->array.dtype, gradient->array.ndim, reduced);
  if (!sn_run_kernel(SN_KERNEL_sum, 1, &gradient, 1, &sum, NULL)) return NULL;
  SnTensor *shape_of_like = sn_empty_like(like); /* contiguous strides for the same elements */
  return shape_of_like ? sn_view(sum, like->array.ndim, like->array.shape, shape_of_like->array.stride, 0) : NULL;
}

SnTensor *sn_compute_like(SnKernel kernel, const SnTensor *like, int input_count, SnTensor *const *inputs,
                          const SnAttributes *attributes) {
  SnTensor *output = sn_empty_like(like);
  return sn_run_kernel(kernel, input_count, inputs, 1, &output, attributes) ? output : NULL;
}

SnTensor *sn_apply_elementwise(const SnOp *op, SnTensor *x, const SnAttributes *attributes) {
  if (!sn_check_floating(op->name, 1, &x)) return NULL;
  SnTensor *y = sn_empty_like(x);
  return sn_apply(op, 1, &x, 1, &y, attributes);
}
