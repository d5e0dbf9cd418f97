/* y = a o b for o in + - * /, with broadcasting. With g = dL/dy:
 *   a + b: da = g,   db = g          a * b: da = g b,    db = g a
 *   a - b: da = g,   db = -g         a / b: da = g / b,  db = -g y / b
 * each summed over the elements that broadcasting repeated. */
#include "autograd/ops/common.h"

static SnTensor *compute(SnKernel kernel, SnTensor *a, SnTensor *b) {
  return sn_compute_like(kernel, a, 2, (SnTensor *[]){a, b}, NULL);
}

static SnTensor *negative(SnTensor *x) {
  return sn_compute_like(SN_KERNEL_affine, x, 1, &x, &(SnAttributes){.affine = {-1, 0}});
}

static SnTensor *broadcast(const SnRecord *record, const SnTensor *x) {
  const SnArray *y = &record->outputs[0]->array;
  return sn_broadcast_view(record->op->name, x, y->ndim, y->shape);
}

static void give(const SnTensor *input, SnTensor *gradient) { sn_accumulate(input, sn_sum_to_shape(gradient, input)); }

static void backward_add(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record);
  for (int i = 0; i < 2; i++)
    if (sn_needs_gradient(record->inputs[i])) give(record->inputs[i], g);
}

static void backward_sub(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record), *a = record->inputs[0], *b = record->inputs[1];
  if (sn_needs_gradient(a)) give(a, g);
  if (sn_needs_gradient(b)) give(b, negative(g));
}

static void backward_mul(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record), *a = record->inputs[0], *b = record->inputs[1];
  if (sn_needs_gradient(a)) give(a, compute(SN_KERNEL_multiply, g, broadcast(record, b)));
  if (sn_needs_gradient(b)) give(b, compute(SN_KERNEL_multiply, g, broadcast(record, a)));
}

static void backward_div(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record), *a = record->inputs[0], *b = record->inputs[1];
  SnTensor *quotient = compute(SN_KERNEL_divide, g, broadcast(record, b));
  if (sn_needs_gradient(a)) give(a, quotient);
  if (sn_needs_gradient(b)) give(b, negative(compute(SN_KERNEL_multiply, quotient, record->outputs[0])));
}

static SnTensor *apply(const SnOp *op, SnTensor *a, SnTensor *b) {
  if (!sn_check_floating(op->name, 2, (SnTensor *[]){a, b})) return NULL;
  if (!b) return sn_fail_null("%s: the second tensor is NULL", op->name);
  int ndim = a->array.ndim > b->array.ndim ? a->array.ndim : b->array.ndim;
  int64_t shape[SN_MAX_DIMS];
  for (int d = 0; d < ndim; d++) {
    int da = d - ndim + a->array.ndim, db = d - ndim + b->array.ndim;
    int64_t size_a = da < 0 ? 1 : a->array.shape[da], size_b = db < 0 ? 1 : b->array.shape[db];
    if (size_a != size_b && size_a != 1 && size_b != 1)
      return sn_fail_null("%s: the shapes %s and %s cannot be broadcast together", op->name, sn_tensor_text(a),
                          sn_tensor_text(b));
    shape[d] = size_a == 1 ? size_b : size_a;
  }
  SnTensor *views[2] = {sn_broadcast_view(op->name, a, ndim, shape), sn_broadcast_view(op->name, b, ndim, shape)};
  SnTensor *y = sn_empty(a->array.dtype, ndim, shape);
  if (!sn_run_kernel(op->kernel, 2, views, 1, &y, NULL)) return NULL;
  return sn_record(op, 2, (SnTensor *[]){a, b}, 1, &y, NULL);
}

SnTensor *sn_add(SnTensor *a, SnTensor *b) {
  static const SnOp op = {"add", SN_OP_BINARY, SN_KERNEL_add, backward_add};
  return apply(&op, a, b);
}

SnTensor *sn_sub(SnTensor *a, SnTensor *b) {
  static const SnOp op = {"sub", SN_OP_BINARY, SN_KERNEL_subtract, backward_sub};
  return apply(&op, a, b);
}

SnTensor *sn_mul(SnTensor *a, SnTensor *b) {
  static const SnOp op = {"mul", SN_OP_BINARY, SN_KERNEL_multiply, backward_mul};
  return apply(&op, a, b);
}

SnTensor *sn_div(SnTensor *a, SnTensor *b) {
  static const SnOp op = {"div", SN_OP_BINARY, SN_KERNEL_divide, backward_div};
  return apply(&op, a, b);
}
