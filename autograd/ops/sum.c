/* y = sum of x over dims; mean divides by the number of elements summed. dx = g repeated over what was summed. */
#include "autograd/ops/reduce.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *kept = record->outputs[1];
  SnTensor *g = sn_output_gradient(record);
  if (!g) return;
  SnTensor *kept_g = sn_view(g, kept->array.ndim, kept->array.shape, kept->array.stride, 0);
  sn_accumulate(x, sn_broadcast_view("sum", kept_g, x->array.ndim, x->array.shape));
}

SnTensor *sn_sum(SnTensor *x, int count, const int *dims, bool keep_dims) {
  static const SnOp op = {"sum", SN_OP_REDUCTION, SN_KERNEL_sum, backward};
  SnReduction reduction;
  if (!sn_check_floating("sum", 1, &x) || !sn_reduction("sum", x, count, dims, keep_dims, &reduction)) return NULL;
  SnTensor *kept = sn_empty(x->array.dtype, x->array.ndim, reduction.kept);
  if (!sn_run_kernel(SN_KERNEL_sum, 1, &x, 1, &kept, NULL)) return NULL;
  return sn_record(&op, 1, &x, 2, (SnTensor *[]){sn_reduction_result(kept, &reduction), kept}, NULL);
}

SnTensor *sn_mean(SnTensor *x, int count, const int *dims, bool keep_dims) {
  SnReduction reduction;
  if (!sn_check_floating("mean", 1, &x) || !sn_reduction("mean", x, count, dims, keep_dims, &reduction)) return NULL;
  return sn_scale(sn_sum(x, count, dims, keep_dims), 1.0 / (double)reduction.reduced_count);
}
