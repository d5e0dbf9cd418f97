/* y = w (x - m) r + b for each row of C numbers, with the row's own mean m and r = 1 / sqrt(variance + eps). With
 * xn = (x - m) r and h = w g, sums and means over a row but for those of the parameters, which are over all rows:
 *
 *   db = sum g,   dw = sum g xn,   dx = r (h - mean(h) - xn mean(h xn)). */
#include "autograd/ops/common.h"

static int64_t last_of(const SnTensor *x) { return x->array.shape[x->array.ndim - 1]; }

/* Dense numbers as rows [R,C], or as the kernel wants them, [R,C,1]. */
static SnTensor *as_rows(const SnTensor *dense, int ndim) {
  if (!dense) return NULL;
  int64_t columns = last_of(dense), rows = columns > 0 ? sn_count(dense) / columns : 0;
  return sn_view(dense, ndim, (int64_t[]){rows, columns, 1}, (int64_t[]){columns, 1, 1}, 0);
}

static SnTensor *dense_or_null(SnTensor *x) { return x ? sn_to_contiguous(sn_detach(x)) : NULL; }

static void backward(const SnRecord *record) {
  SnTensor *x = sn_to_contiguous(sn_detach(record->inputs[0])), *g = sn_output_gradient(record);
  SnTensor *weight = record->inputs[1], *bias = record->inputs[2];
  if (!sn_ok()) return;
  int64_t columns = last_of(x);
  SnTensor *dx = sn_empty_like(x), *dweight = sn_empty(x->array.dtype, SN_SHAPE(columns));
  SnTensor *dbias = sn_empty(x->array.dtype, SN_SHAPE(columns));
  if (!sn_ok()) return;
  SnTensor *inputs[] = {as_rows(g, 2), as_rows(x, 2), dense_or_null(weight)};
  SnTensor *outputs[] = {as_rows(dx, 2), dweight, dbias};
  if (!sn_run_kernel(SN_KERNEL_layer_norm_backward, 3, inputs, 3, outputs, &record->attributes)) return;
  sn_accumulate(record->inputs[0], dx);
  sn_accumulate(weight, dweight);
  sn_accumulate(bias, dbias);
}

SnTensor *sn_layer_norm(SnTensor *x, SnTensor *weight, SnTensor *bias, double eps) {
  static const SnOp op = {"layer_norm", SN_OP_LAYER_NORM, SN_KERNEL_layer_norm, backward};
  SnTensor *all[] = {x, weight, bias};
  if (!sn_check_floating("layer_norm", 3, all)) return NULL;
  if (x->array.ndim < 1) return sn_fail_null("layer_norm: expected [..., C], found %s", sn_tensor_text(x));
  int64_t columns = last_of(x);
  for (int i = 1; i < 3; i++)
    if (all[i] && !sn_has_shape(all[i], 1, &columns))
      return sn_fail_null("layer_norm: expected weight and bias of the shape [%lld], found %s", (long long)columns,
                          sn_tensor_text(all[i]));
  SnTensor *dense = sn_to_contiguous(sn_detach(x)), *y = sn_empty(x->array.dtype, x->array.ndim, x->array.shape);
  if (!sn_ok()) return NULL;
  SnTensor *inputs[] = {as_rows(dense, 3), dense_or_null(weight), dense_or_null(bias)}, *rows = as_rows(y, 3);
  SnAttributes attributes = {.layer_norm = {eps}};
  if (!sn_run_kernel(SN_KERNEL_layer_norm, 3, inputs, 1, &rows, &attributes)) return NULL;
  return sn_record(&op, 3, all, 1, &y, &attributes);
}
