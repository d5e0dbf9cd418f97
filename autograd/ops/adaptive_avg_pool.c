/* The mean of each of height x width bins that cover the plane; bin i reaches from floor(i H / height) to
 * ceil((i + 1) H / height). dx = g / bin's cells, summed over the bins that hold the cell. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_adaptive_avg_pool2d_backward, x, 1, &g, NULL));
}

SnTensor *sn_adaptive_avg_pool2d(SnTensor *x, int64_t height, int64_t width) {
  static const SnOp op = {"adaptive_avg_pool2d", SN_OP_DENSE, SN_KERNEL_adaptive_avg_pool2d, backward};
  if (!sn_check_floating("adaptive_avg_pool2d", 1, &x)) return NULL;
  if (x->array.ndim != 4 || height < 1 || width < 1 || x->array.shape[2] < 1 || x->array.shape[3] < 1)
    return sn_fail_null(
        "adaptive_avg_pool2d: expected [N,C,H,W] and a size of at least 1 x 1, found %s and %lld x %lld",
        sn_tensor_text(x), (long long)height, (long long)width);
  SnTensor *y = sn_empty(x->array.dtype, SN_SHAPE(x->array.shape[0], x->array.shape[1], height, width));
  SnTensor *dense = sn_to_contiguous(x);
  if (!sn_run_kernel(SN_KERNEL_adaptive_avg_pool2d, 1, &dense, 1, &y, NULL)) return NULL;
  return sn_record(&op, 1, &x, 1, &y, NULL);
}

SnTensor *sn_adaptive_avg_pool1d(SnTensor *x, int64_t length) {
  if (!sn_check_floating("adaptive_avg_pool1d", 1, &x)) return NULL;
  if (x->array.ndim != 3 || length < 1 || x->array.shape[2] < 1)
    return sn_fail_null("adaptive_avg_pool1d: expected [N,C,L] and a length of at least 1, found %s and %lld",
                        sn_tensor_text(x), (long long)length);
  const int64_t *shape = x->array.shape;
  SnTensor *plane = sn_reshape(x, SN_SHAPE(shape[0], shape[1], 1, shape[2]));
  return sn_reshape(sn_adaptive_avg_pool2d(plane, 1, length), SN_SHAPE(shape[0], shape[1], length));
}
