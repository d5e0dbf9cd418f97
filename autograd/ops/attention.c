/* y = p v with p = softmax(s), s = q k^T / sqrt(D), a row of p for each query. With the sums over what is not named,
 * e = sum over d of g y, which is also sum over m of p (g v^T), and t = p (g v^T - e) / sqrt(D):
 *
 *   dv = p^T g,   dq = t k,   dk = t^T q.
 *
 * Only y and the logarithm of p's denominator are kept: kernels compute p once more, block by block. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record), *inputs[6] = {g}, *gradients[3];
  for (int i = 0; i < 3; i++) inputs[1 + i] = sn_to_contiguous(sn_detach(record->inputs[i]));
  for (int i = 0; i < 2; i++) inputs[4 + i] = record->outputs[i];
  for (int i = 0; i < 3 && sn_ok(); i++) gradients[i] = sn_empty_like(inputs[1 + i]);
  if (!sn_ok() || !sn_run_kernel(SN_KERNEL_attention_backward, 6, inputs, 3, gradients, NULL)) return;
  for (int i = 0; i < 3; i++) sn_accumulate(record->inputs[i], gradients[i]);
}

static bool fit(const SnTensor *q, const SnTensor *k, const SnTensor *v) {
  if (q->array.ndim != 4 || !k || !v || k->array.ndim != 4 || !sn_same_shape(k, v)) return false;
  const int64_t *a = q->array.shape, *b = k->array.shape;
  return a[0] == b[0] && a[1] == b[1] && a[3] == b[3] && b[2] > 0 && b[3] > 0;
}

SnTensor *sn_scaled_dot_product_attention(SnTensor *q, SnTensor *k, SnTensor *v) {
  static const SnOp op = {"attention", SN_OP_STRIDED, SN_KERNEL_attention, backward};
  SnTensor *all[] = {q, k, v};
  if (!sn_check_floating("attention", 3, all)) return NULL;
  if (!fit(q, k, v))
    return sn_fail_null(
        "attention: expected q [B,H,N,D], k and v [B,H,M,D] with M and D at least 1, found %s, %s and %s",
        sn_tensor_text(q), sn_tensor_text(k), sn_tensor_text(v));
  const int64_t *shape = q->array.shape;
  SnTensor *y = sn_empty(q->array.dtype, SN_SHAPE(shape[0], shape[2], shape[1], shape[3]));
  SnTensor *log_sum = sn_empty(q->array.dtype, 3, shape);
  y = sn_apply(&op, 3, all, 2, (SnTensor *[]){y, log_sum}, NULL);
  return sn_permute(y, SN_DIMS(0, 2, 1, 3));
}
