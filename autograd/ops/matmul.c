/* Y = A B, for one matrix or a batch of them: dA = G B^T, dB = A^T G. */
#include "autograd/ops/common.h"

static SnTensor *transposed(const SnTensor *x) {
  const SnArray *a = &x->array;
  return sn_view(x, 3, (int64_t[]){a->shape[0], a->shape[2], a->shape[1]},
                 (int64_t[]){a->stride[0], a->stride[2], a->stride[1]}, 0);
}

/* [M,N] as [1,M,N]; a batch of 1 repeated to the batch's size. */
static SnTensor *batched(const SnTensor *x, int64_t batch) {
  const SnArray *a = &x->array;
  int first = a->ndim - 2;
  int64_t step = a->ndim == 3 && a->shape[0] == batch ? a->stride[0] : 0;
  return sn_view(x, 3, (int64_t[]){batch, a->shape[first], a->shape[first + 1]},
                 (int64_t[]){step, a->stride[first], a->stride[first + 1]}, 0);
}

static SnTensor *product(const SnTensor *a, const SnTensor *b) {
  if (!a || !b) return NULL;
  SnTensor *y = sn_empty(a->array.dtype, SN_SHAPE(a->array.shape[0], a->array.shape[1], b->array.shape[2]));
  SnTensor left = *a, right = *b;
  return sn_run_kernel(SN_KERNEL_matmul, 2, (SnTensor *[]){&left, &right}, 1, &y, NULL) ? y : NULL;
}

static SnTensor *in_shape_of(const SnTensor *gradient, const SnTensor *input) {
  if (!gradient || input->array.ndim == 3) return sn_sum_to_shape(sn_ok() ? sn_alias(gradient) : NULL, input);
  const SnArray *g = &gradient->array; /* [1,M,N] as [M,N] */
  return sn_view(gradient, 2, g->shape + 1, g->stride + 1, 0);
}

static void backward(const SnRecord *record) {
  SnTensor *a = record->inputs[0], *b = record->inputs[1], *g = sn_output_gradient(record);
  if (!g) return;
  int64_t batch = g->array.ndim == 3 ? g->array.shape[0] : 1;
  SnTensor *g3 = batched(g, batch), *a3 = batched(a, batch), *b3 = batched(b, batch);
  if (!sn_ok()) return;
  if (sn_needs_gradient(a)) sn_accumulate(a, in_shape_of(product(g3, transposed(b3)), a));
  if (sn_needs_gradient(b)) sn_accumulate(b, in_shape_of(product(transposed(a3), g3), b));
}

SnTensor *sn_matmul(SnTensor *a, SnTensor *b) {
  static const SnOp op = {"matmul", SN_OP_MATMUL, SN_KERNEL_matmul, backward};
  if (!sn_check_floating("matmul", 2, (SnTensor *[]){a, b})) return NULL;
  if (!b) return sn_fail_null("matmul: the second tensor is NULL");
  int ndim = a->array.ndim;
  bool fits = (ndim == 2 || ndim == 3) && b->array.ndim == ndim && a->array.shape[ndim - 1] == b->array.shape[ndim - 2];
  int64_t batch_a = ndim == 3 ? a->array.shape[0] : 1, batch_b = fits && ndim == 3 ? b->array.shape[0] : 1;
  if (!fits || (batch_a != batch_b && batch_a != 1 && batch_b != 1))
    return sn_fail_null("matmul: the shapes %s and %s do not fit", sn_tensor_text(a), sn_tensor_text(b));
  int64_t batch = batch_a == 1 ? batch_b : batch_a;
  SnTensor *y = product(batched(a, batch), batched(b, batch));
  if (y && ndim == 2) y = sn_view(y, 2, y->array.shape + 1, y->array.stride + 1, 0);
  return sn_record(&op, 2, (SnTensor *[]){a, b}, 1, &y, NULL);
}
