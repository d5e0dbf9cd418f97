/* Y = X W^T + b over the last dimension, X seen as rows: dX = G W, dW = G^T X, db = column sums of G. */
#include "autograd/ops/common.h"

static SnTensor *view2(const SnTensor *x, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride) {
  return sn_view(x, 3, (int64_t[]){1, rows, columns}, (int64_t[]){0, row_stride, column_stride}, 0);
}

static void multiply_into(SnTensor *result, int64_t rows, int64_t columns, SnTensor *a, SnTensor *b) {
  if (!result) return;
  SnTensor *matrix = view2(result, rows, columns, columns, 1);
  sn_run_kernel(SN_KERNEL_matmul, 2, (SnTensor *[]){a, b}, 1, &matrix, NULL);
}

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *weight = record->inputs[1], *bias = record->inputs[2];
  SnTensor *g = sn_output_gradient(record);
  int64_t out = weight->array.shape[0], in = weight->array.shape[1], rows = 1;
  for (int d = 0; d < x->array.ndim - 1; d++) rows *= x->array.shape[d];
  SnTensor *rows_x = sn_to_contiguous(sn_detach(x)), *matrix = sn_to_contiguous(sn_detach(weight));
  if (!sn_ok()) return;
  if (sn_needs_gradient(x)) {
    SnTensor *dx = sn_empty_like(x);
    multiply_into(dx, rows, in, view2(g, rows, out, out, 1), view2(matrix, out, in, in, 1));
    sn_accumulate(x, dx);
  }
  if (sn_needs_gradient(weight)) {
    SnTensor *dw = sn_empty_like(weight);
    multiply_into(dw, out, in, view2(g, out, rows, 1, out), view2(rows_x, rows, in, in, 1));
    sn_accumulate(weight, dw);
  }
  if (sn_needs_gradient(bias))
    sn_accumulate(bias, sn_sum_to_shape(sn_view(g, 2, (int64_t[]){rows, out}, (int64_t[]){out, 1}, 0), bias));
}

SnTensor *sn_linear(SnTensor *x, SnTensor *weight, SnTensor *bias) {
  static const SnOp op = {"linear", SN_OP_LINEAR, SN_KERNEL_linear, backward};
  if (!sn_check_floating("linear", 3, (SnTensor *[]){x, weight, bias})) return NULL;
  int last = x->array.ndim - 1;
  if (!weight || weight->array.ndim != 2 || last < 0 || x->array.shape[last] != weight->array.shape[1] ||
      (bias && !sn_has_shape(bias, 1, weight->array.shape)))
    return sn_fail_null("linear: x %s, weight %s and bias %s do not fit", sn_tensor_text(x), sn_tensor_text(weight),
                        sn_tensor_text(bias));
  int64_t out = weight->array.shape[0], in = weight->array.shape[1], shape[SN_MAX_DIMS], rows = 1;
  for (int d = 0; d < last; d++) rows *= shape[d] = x->array.shape[d];
  shape[last] = out;
  SnTensor *y = sn_empty(x->array.dtype, last + 1, shape), *flat = sn_to_contiguous(sn_detach(x));
  if (!y || !flat) return NULL;
  SnTensor *x_rows = sn_view(flat, 2, (int64_t[]){rows, in}, (int64_t[]){in, 1}, 0);
  SnTensor *y_rows = sn_view(y, 2, (int64_t[]){rows, out}, (int64_t[]){out, 1}, 0);
  if (!sn_run_kernel(SN_KERNEL_linear, 3, (SnTensor *[]){x_rows, weight, bias}, 1, &y_rows, NULL)) return NULL;
  return sn_record(&op, 3, (SnTensor *[]){x, weight, bias}, 1, &y, NULL);
}
