/* y = maximum of x over dims: dx = g / ties where x is the maximum, else 0. */
#include "autograd/ops/reduce.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *kept = record->outputs[1];
  SnTensor *g = sn_output_gradient(record);
  if (!g) return;
  SnTensor *kept_g = sn_view(g, kept->array.ndim, kept->array.shape, kept->array.stride, 0);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_max_backward, x, 3, (SnTensor *[]){x, kept, kept_g}, NULL));
}

SnTensor *sn_max(SnTensor *x, int count, const int *dims, bool keep_dims) {
  static const SnOp op = {"max", SN_OP_REDUCTION, SN_KERNEL_max, backward};
  SnReduction reduction;
  if (!sn_check_floating("max", 1, &x) || !sn_reduction("max", x, count, dims, keep_dims, &reduction)) return NULL;
  if (reduction.reduced_count == 0)
    return sn_fail_null("max: there is no maximum of zero elements, in the shape %s", sn_tensor_text(x));
  SnTensor *kept = sn_empty(x->array.dtype, x->array.ndim, reduction.kept);
  if (!sn_run_kernel(SN_KERNEL_max, 1, &x, 1, &kept, NULL)) return NULL;
  return sn_record(&op, 1, &x, 2, (SnTensor *[]){sn_reduction_result(kept, &reduction), kept}, NULL);
}
