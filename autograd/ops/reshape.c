/* The same elements in row-major order under another shape: dx = g in x's shape. A strided x is copied first. */
#include "autograd/ops/common.h"

static SnTensor *reshaped(SnTensor *x, int ndim, const int64_t *shape) {
  int64_t stride[SN_MAX_DIMS], step = 1;
  for (int d = ndim - 1; d >= 0; d--) {
    stride[d] = step;
    step *= shape[d];
  }
  SnTensor *source = sn_to_contiguous(x);
  return source ? sn_view(source, ndim, shape, stride, 0) : NULL;
}

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  if (g) sn_accumulate(x, reshaped(g, x->array.ndim, x->array.shape));
}

SnTensor *sn_reshape(SnTensor *x, int ndim, const int64_t *shape) {
  static const SnOp op = {"reshape", SN_OP_VIEW, SN_KERNEL_copy, backward};
  if (!sn_ok()) return NULL;
  if (!x || ndim < 0 || ndim > SN_MAX_DIMS)
    return sn_fail_null("reshape: expected a tensor and 0 to %d sizes", SN_MAX_DIMS);
  int64_t sizes[SN_MAX_DIMS], known = 1, count = sn_count(x);
  int rest = -1, rests = 0;
  for (int d = 0; d < ndim; d++) {
    sizes[d] = shape[d];
    if (shape[d] == -1) {
      rest = d;
      rests++;
    } else if (shape[d] < 0 || __builtin_mul_overflow(known, shape[d], &known)) {
      return sn_fail_null("reshape: %s is no shape", sn_shape_text(ndim, shape));
    }
  }
  if (rests == 1 && known > 0) {
    sizes[rest] = count / known;
    known *= sizes[rest];
  }
  if (rests > 1 || (rests == 1 && known == 0) || known != count)
    return sn_fail_null("reshape: the shape %s cannot become %s", sn_tensor_text(x), sn_shape_text(ndim, shape));
  SnTensor *y = reshaped(x, ndim, sizes);
  return sn_record(&op, 1, &x, 1, &y, NULL);
}
