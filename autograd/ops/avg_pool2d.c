/* The mean of each window: dx = g / cells, summed over the windows that hold the cell. */
#include "autograd/ops/pool2d.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *g = sn_output_gradient(record);
  sn_accumulate(x, sn_compute_like(SN_KERNEL_avg_pool2d_backward, x, 1, &g, &record->attributes));
}

SnTensor *sn_avg_pool2d(SnTensor *x, SnPool2d options) {
  static const SnOp op = {"avg_pool2d", SN_OP_DENSE, SN_KERNEL_avg_pool2d, backward};
  int64_t size[2];
  if (!sn_check_pool2d("avg_pool2d", x, &options, size)) return NULL;
  SnTensor *y = sn_empty(x->array.dtype, SN_SHAPE(x->array.shape[0], x->array.shape[1], size[0], size[1]));
  SnTensor *dense = sn_to_contiguous(x);
  SnAttributes attributes = {.pool2d = options};
  if (!sn_run_kernel(SN_KERNEL_avg_pool2d, 1, &dense, 1, &y, &attributes)) return NULL;
  return sn_record(&op, 1, &x, 1, &y, &attributes);
}
