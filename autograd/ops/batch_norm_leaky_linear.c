/* y[n,s] = sum over c of v[c] leaky_relu(batch_norm(x[0] and x[0] + x[1]))[n,c,s], in training mode: the rules of
 * add.c, batch_norm.c, leaky_relu.c and linear.c one after the other, in one pass over x each way. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *const *in = record->inputs, *dense[4] = {NULL};
  int64_t channels = in[0]->array.shape[1];
  for (int i = 0; i < 4; i++) dense[i] = sn_to_contiguous(sn_detach(in[i]));
  SnTensor *inputs[] = {sn_output_gradient(record), dense[0], dense[1], dense[2], dense[3], record->outputs[1]};
  SnTensor *dx = sn_empty_like(in[0]), *dparameters = sn_empty(in[0]->array.dtype, SN_SHAPE(3, channels));
  if (!sn_run_kernel(SN_KERNEL_batch_norm_leaky_linear_backward, 6, inputs, 2, (SnTensor *[]){dx, dparameters},
                     &record->attributes))
    return;
  sn_accumulate(in[0], dx);
  for (int i = 0; i < 3; i++)
    sn_accumulate(in[1 + i], sn_view(dparameters, 1, &channels, (int64_t[]){1}, i * channels));
}

SnTensor *sn_batch_norm_leaky_linear(SnTensor *x, SnTensor *running_mean, SnTensor *running_var, SnTensor *weight,
                                     SnTensor *bias, SnTensor *projection, double negative_slope, double momentum,
                                     double eps) {
  static const SnOp op = {"batch_norm_leaky_linear", SN_OP_TRAINING, SN_KERNEL_batch_norm_leaky_linear, backward};
  SnTensor *inputs[] = {x, weight, bias, projection, running_mean, running_var}, *dense[6] = {NULL};
  if (!sn_check_floating(op.name, 6, inputs)) return NULL;
  bool fits = x->array.ndim == 3 && x->array.shape[0] == 2 && x->array.shape[2] > 0;
  for (int i = 1; i < 6 && fits; i++) fits = inputs[i] && sn_has_shape(inputs[i], 1, &x->array.shape[1]);
  for (int i = 4; i < 6 && fits; i++) fits = sn_array_is_contiguous(&inputs[i]->array); /* updated in place */
  if (!fits)
    return sn_fail_null("%s: expected [2,C,S] with S > 0 and five parameters [C], found %s", op.name,
                        sn_tensor_text(x));
  for (int i = 0; i < 6; i++) dense[i] = sn_to_contiguous(inputs[i]);
  SnTensor *outputs[] = {sn_empty(x->array.dtype, SN_SHAPE(2, x->array.shape[2])),
                         sn_empty(x->array.dtype, SN_SHAPE(2, x->array.shape[1]))};
  SnAttributes attributes = {.batch_norm_leaky_linear = {eps, momentum, negative_slope}};
  if (!sn_run_kernel(SN_KERNEL_batch_norm_leaky_linear, 6, dense, 2, outputs, &attributes)) return NULL;
  return sn_record(&op, 6, inputs, 2, outputs, &attributes);
}
