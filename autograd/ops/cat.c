/* Tensors side by side along one dimension: each gets its part of g. */
#include "autograd/ops/common.h"

static SnTensor *part_of(SnTensor *whole, int dim, int64_t start, int64_t length) {
  int64_t shape[SN_MAX_DIMS];
  for (int d = 0; d < whole->array.ndim; d++) shape[d] = d == dim ? length : whole->array.shape[d];
  return sn_view(whole, whole->array.ndim, shape, whole->array.stride, start * whole->array.stride[dim]);
}

static void backward(const SnRecord *record) {
  SnTensor *g = sn_output_gradient(record);
  int dim = record->attributes.narrow.dim;
  int64_t start = 0;
  for (int i = 0; g && i < record->input_count; i++) {
    int64_t length = record->inputs[i]->array.shape[dim];
    sn_accumulate(record->inputs[i], part_of(g, dim, start, length));
    start += length;
  }
}

SnTensor *sn_cat(int count, SnTensor *const *tensors, int dim) {
  static const SnOp op = {"cat", SN_OP_CAT, SN_KERNEL_copy, backward};
  if (!sn_ok()) return NULL;
  if (count < 1 || count > SN_MAX_INPUTS)
    return sn_fail_null("cat: expected 1 to %d tensors, found %d", SN_MAX_INPUTS, count);
  for (int i = 0; i < count; i++)
    if (!tensors[i]) return sn_fail_null("cat: tensor %d is NULL", i);
  int front = sn_check_dim("cat", tensors[0], dim);
  if (front < 0) return NULL;
  const SnArray *first = &tensors[0]->array;
  int64_t shape[SN_MAX_DIMS] = {0};
  for (int d = 0; d < first->ndim; d++) shape[d] = first->shape[d];
  for (int i = 1; i < count; i++) {
    const SnArray *other = &tensors[i]->array;
    bool fits = other->ndim == first->ndim && other->dtype == first->dtype;
    for (int d = 0; d < first->ndim && fits; d++) fits = d == front || other->shape[d] == first->shape[d];
    if (!fits)
      return sn_fail_null("cat: %s of %s does not fit beside %s of %s along dimension %d", sn_tensor_text(tensors[i]),
                          sn_dtype_name(other->dtype), sn_tensor_text(tensors[0]), sn_dtype_name(first->dtype), front);
    shape[front] += other->shape[front];
  }
  SnTensor *y = sn_empty(first->dtype, first->ndim, shape);
  int64_t start = 0;
  for (int i = 0; y && i < count; i++) {
    int64_t length = tensors[i]->array.shape[front];
    if (!sn_copy_into(part_of(y, front, start, length), tensors[i])) return NULL;
    start += length;
  }
  return sn_record(&op, count, tensors, 1, &y, &(SnAttributes){.narrow = {.dim = front}});
}
