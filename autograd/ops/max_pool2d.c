/* The largest value of each window: dx = g at the place of the maximum (the first one), summed where windows overlap.
 */
#include "autograd/ops/pool2d.h"

static void backward(const SnRecord *record) {
  SnTensor *inputs[] = {sn_output_gradient(record), record->outputs[1]};
  sn_accumulate(record->inputs[0],
                sn_compute_like(SN_KERNEL_max_pool2d_backward, record->inputs[0], 2, inputs, &record->attributes));
}

SnTensor *sn_max_pool2d(SnTensor *x, SnPool2d options) {
  static const SnOp op = {"max_pool2d", SN_OP_DENSE, SN_KERNEL_max_pool2d, backward};
  int64_t size[2];
  if (!sn_check_pool2d("max_pool2d", x, &options, size)) return NULL;
  int64_t shape[] = {x->array.shape[0], x->array.shape[1], size[0], size[1]};
  SnTensor *outputs[] = {sn_empty(x->array.dtype, 4, shape), sn_empty(SN_INT64, 4, shape)};
  SnTensor *dense = sn_to_contiguous(x);
  SnAttributes attributes = {.pool2d = options};
  if (!sn_run_kernel(SN_KERNEL_max_pool2d, 1, &dense, 2, outputs, &attributes)) return NULL;
  return sn_record(&op, 1, &x, 2, outputs, &attributes);
}
