/* y = w (x - m) r + b per channel, r = 1 / sqrt(v + eps). With xn = (x - m) r, sums over the batch and positions, and n
 * values a channel: db = sum g, dw = sum g xn, and
 *   training (m and v are the batch's own): dx = w r (g - (db + xn dw) / n)
 *   otherwise:                              dx = w r g */
#include "autograd/ops/common.h"

static SnTensor *dense_or_null(SnTensor *x) { return x ? sn_to_contiguous(sn_detach(x)) : NULL; }

static void backward(const SnRecord *record) {
  SnTensor *x = sn_to_contiguous(sn_detach(record->inputs[0])), *weight = record->inputs[1], *bias = record->inputs[2];
  SnTensor *mean = record->outputs[1], *inverse_std = record->outputs[2], *g = sn_output_gradient(record);
  if (!sn_ok()) return;
  /* the kernels see [N,C,S] */
  int64_t shape[3] = {x->array.shape[0], x->array.shape[1], 1};
  for (int d = 2; d < x->array.ndim; d++) shape[2] *= x->array.shape[d];
  int64_t stride[3] = {shape[1] * shape[2], shape[2], 1};
  SnTensor *dx = sn_empty_like(x), *dweight = sn_empty_like(mean), *dbias = sn_empty_like(mean);
  if (!sn_ok()) return;
  SnTensor *inputs[] = {sn_view(g, 3, shape, stride, 0), sn_view(x, 3, shape, stride, 0), dense_or_null(weight), mean,
                        inverse_std};
  SnTensor *outputs[] = {sn_view(dx, 3, shape, stride, 0), dweight, dbias};
  if (!sn_run_kernel(SN_KERNEL_batch_norm_backward, 5, inputs, 3, outputs, &record->attributes)) return;
  sn_accumulate(record->inputs[0], dx);
  sn_accumulate(weight, dweight);
  sn_accumulate(bias, dbias);
}

SnTensor *sn_batch_norm(SnTensor *x, SnTensor *running_mean, SnTensor *running_var, SnTensor *weight, SnTensor *bias,
                        bool training, double momentum, double eps) {
  static const SnOp evaluating = {"batch_norm", SN_OP_BATCH_NORM, SN_KERNEL_batch_norm, backward},
                    learning = {"batch_norm with batch statistics", SN_OP_TRAINING, SN_KERNEL_batch_norm, backward};
  SnTensor *all[] = {x, weight, bias, running_mean, running_var};
  if (!sn_check_floating("batch_norm", 5, all)) return NULL;
  if (x->array.ndim < 2) return sn_fail_null("batch_norm: expected [N,C] or [N,C,H,W], found %s", sn_tensor_text(x));
  int64_t channels = x->array.shape[1], shape[3] = {x->array.shape[0], channels, 1};
  for (int d = 2; d < x->array.ndim; d++) shape[2] *= x->array.shape[d];
  for (int i = 1; i < 5; i++)
    if (all[i] && !sn_has_shape(all[i], 1, &channels))
      return sn_fail_null("batch_norm: expected statistics, weight and bias of the shape [%lld], found %s",
                          (long long)channels, sn_tensor_text(all[i]));
  for (int i = 3; i < 5; i++)
    if (all[i] && !sn_array_is_contiguous(&all[i]->array))
      return sn_fail_null("batch_norm: expected contiguous running statistics, which are updated in place");
  if (!running_mean != !running_var || (!training && !running_mean))
    return sn_fail_null("batch_norm: evaluation needs running_mean and running_var");
  if (training && shape[0] * shape[2] < 2)
    return sn_fail_null("batch_norm: training needs more than one value a channel, found %s", sn_tensor_text(x));
  int64_t stride[3] = {channels * shape[2], shape[2], 1};
  SnTensor *dense = sn_to_contiguous(sn_detach(x)), *y = sn_empty(x->array.dtype, x->array.ndim, x->array.shape);
  SnTensor *mean = sn_empty(x->array.dtype, 1, &channels), *inverse_std = sn_empty(x->array.dtype, 1, &channels);
  if (!sn_ok()) return NULL;
  SnTensor *inputs[] = {sn_view(dense, 3, shape, stride, 0), dense_or_null(weight), dense_or_null(bias), running_mean,
                        running_var};
  SnTensor *outputs[] = {sn_view(y, 3, shape, stride, 0), mean, inverse_std};
  SnAttributes attributes = {.batch_norm = {eps, momentum, training}};
  if (!sn_run_kernel(SN_KERNEL_batch_norm, 5, inputs, 3, outputs, &attributes)) return NULL;
  return sn_record(training ? &learning : &evaluating, 5, all, 3, (SnTensor *[]){y, mean, inverse_std}, &attributes);
}
