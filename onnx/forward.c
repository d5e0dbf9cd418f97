#include "onnx/forward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool is_same_view(const SnTensor *a, const SnTensor *b) {
  if (a->storage != b->storage || a->array.data != b->array.data || !sn_same_shape(a, b)) return false;
  for (int d = 0; d < a->array.ndim; d++)
    if (a->array.shape[d] != 1 && a->array.stride[d] != b->array.stride[d]) return false;
  return true;
}

bool sn_onnx_is_computed(const SnOnnxForward *forward, const SnTensor *tensor) {
  for (int64_t i = forward->count - 1; i >= 0; i--)
    if (forward->values[i].tensor->storage == tensor->storage) return !forward->values[i].is_constant;
  return false;
}

static void add(SnOnnxForward *forward, SnOnnxValue value) {
  if (!sn_ok() || !value.name) return;
  SnOnnxValue *grown = sn_grow(forward->values, forward->count, sizeof *grown, "an ONNX model");
  if (!grown) return;
  forward->values = grown;
  grown[forward->count++] = value;
}

void sn_onnx_name(SnOnnxForward *forward, const SnTensor *tensor, const char *name) {
  add(forward, (SnOnnxValue){tensor, name, false});
}

/* The weight's name, with a number behind it for each time that it was used in another way before. */
static const char *constant(SnOnnxForward *forward, const SnTensor *tensor) {
  char name[256];
  const char *known = NULL;
  int uses = 0;
  for (int64_t i = 0; i < forward->weights->tensor_count && !known; i++)
    if (forward->weights->tensors[i].tensor->storage == tensor->storage) known = forward->weights->tensors[i].name;
  for (int64_t i = 0; i < forward->count; i++) uses += forward->values[i].tensor->storage == tensor->storage;
  if (known) snprintf(name, sizeof name, uses > 0 ? "%s.%d" : "%s", known, uses);
  SnTensor *kept = sn_detach(tensor);
  const char *value = kept ? sn_onnx_tensor(forward->onnx, known ? name : NULL, kept) : NULL;
  add(forward, (SnOnnxValue){kept, value, true});
  return value;
}

const char *sn_onnx_value(SnOnnxForward *forward, const SnTensor *tensor) {
  if (!tensor || !sn_ok()) return NULL;
  for (int64_t i = forward->count - 1; i >= 0; i--)
    if (is_same_view(forward->values[i].tensor, tensor)) return forward->values[i].name;
  if (sn_onnx_is_computed(forward, tensor))
    return sn_fail_null("a view %s that no operation made cannot be part of an ONNX model", sn_tensor_text(tensor));
  return constant(forward, tensor);
}

const char *sn_onnx_transposed(SnOnnxForward *forward, const SnTensor *tensor) {
  if (!tensor || !sn_ok()) return NULL;
  const SnArray *array = &tensor->array;
  int64_t order[SN_MAX_DIMS], shape[SN_MAX_DIMS], stride[SN_MAX_DIMS];
  int last = array->ndim - 1;
  for (int d = 0; d <= last; d++) {
    order[d] = d < last - 1 ? d : 2 * last - 1 - d;
    shape[d] = array->shape[order[d]];
    stride[d] = array->stride[order[d]];
  }
  if (!sn_onnx_is_computed(forward, tensor))
    return sn_onnx_value(forward, sn_view(tensor, array->ndim, shape, stride, 0));
  return sn_onnx_node(forward->onnx, "Transpose", SN_ONNX_NAMES(sn_onnx_value(forward, tensor)),
                      SN_ONNX_WITH(sn_onnx_ints("perm", array->ndim, order)));
}

bool sn_onnx_sizes(const SnTensor *tensor, const SnTensor *twin, int64_t sizes[SN_MAX_DIMS]) {
  int growing = 0;
  for (int d = 0; d < tensor->array.ndim; d++) {
    sizes[d] = tensor->array.shape[d];
    if (twin->array.shape[d] == sizes[d]) continue;
    sizes[d] = -1;
    growing++;
  }
  return growing <= 1 || sn_fail("the shape %s cannot be part of an ONNX model: several sizes grow with the batch",
                                 sn_tensor_text(tensor));
}

const char *sn_onnx_reshaped(SnOnnxForward *forward, const char *value, int ndim, const int64_t *sizes) {
  const char *shape = sn_onnx_numbers(forward->onnx, ndim, sizes);
  return sn_onnx_node(forward->onnx, "Reshape", SN_ONNX_NAMES(value, shape), SN_ONNX_PLAIN);
}

const char *sn_onnx_batch(SnOnnxForward *forward) {
  if (!forward->batch)
    forward->batch = sn_onnx_node(forward->onnx, "Shape", SN_ONNX_NAMES(forward->input),
                                  SN_ONNX_WITH(sn_onnx_int("start", 0), sn_onnx_int("end", 1)));
  return forward->batch;
}
