/* Output (i, j) is input (floor(i H / height), floor(j W / width)): F.interpolate, mode nearest. dx sums g over the
 * outputs that an input was taken for. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_interpolate_nearest_backward, x, 1, &g, NULL));
}

SnTensor *sn_interpolate_nearest(SnTensor *x, int64_t height, int64_t width) {
  static const SnOp op = {"interpolate_nearest", SN_OP_DENSE, SN_KERNEL_interpolate_nearest, backward};
  if (!sn_check_floating("interpolate_nearest", 1, &x)) return NULL;
  if (x->array.ndim != 4 || height < 1 || width < 1 || x->array.shape[2] < 1 || x->array.shape[3] < 1)
    return sn_fail_null(
        "interpolate_nearest: expected [N,C,H,W] and a size of at least 1 x 1, found %s and %lld x %lld",
        sn_tensor_text(x), (long long)height, (long long)width);
  SnTensor *y = sn_empty(x->array.dtype, SN_SHAPE(x->array.shape[0], x->array.shape[1], height, width));
  SnTensor *dense = sn_to_contiguous(x);
  if (!sn_run_kernel(SN_KERNEL_interpolate_nearest, 1, &dense, 1, &y, NULL)) return NULL;
  return sn_record(&op, 1, &x, 1, &y, NULL);
}
