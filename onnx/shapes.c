/* Views, concatenation and reductions. */
#include "onnx/operations.h"

const char *sn_onnx_reshape(SnOnnxForward *forward, const SnRecord *record) {
  int64_t sizes[SN_MAX_DIMS];
  const SnTensor *y = record->outputs[0];
  const char *x = sn_onnx_value(forward, record->inputs[0]);
  if (!sn_onnx_sizes(y, forward->twin->outputs[0], sizes)) return NULL;
  return sn_onnx_reshaped(forward, x, y->array.ndim, sizes);
}

const char *sn_onnx_permute(SnOnnxForward *forward, const SnRecord *record) {
  int64_t order[SN_MAX_DIMS];
  int ndim = record->outputs[0]->array.ndim;
  for (int d = 0; d < ndim; d++) order[d] = record->attributes.permute.dims[d];
  return sn_onnx_node(forward->onnx, "Transpose", SN_ONNX_NAMES(sn_onnx_value(forward, record->inputs[0])),
                      SN_ONNX_WITH(sn_onnx_ints("perm", ndim, order)));
}

const char *sn_onnx_narrow(SnOnnxForward *forward, const SnRecord *record) {
  int64_t dim = record->attributes.narrow.dim, begin = record->attributes.narrow.start;
  int64_t length = record->outputs[0]->array.shape[dim], end = begin + length;
  if (length != forward->twin->outputs[0]->array.shape[dim])
    return sn_fail_null("a part of the batch cannot be part of an ONNX model");
  const char *x = sn_onnx_value(forward, record->inputs[0]), *from = sn_onnx_numbers(forward->onnx, 1, &begin);
  const char *to = sn_onnx_numbers(forward->onnx, 1, &end), *axis = sn_onnx_numbers(forward->onnx, 1, &dim);
  return sn_onnx_node(forward->onnx, "Slice", SN_ONNX_NAMES(x, from, to, axis), SN_ONNX_PLAIN);
}

/* The batch's size is known at run time only, as one of the sizes. */
const char *sn_onnx_expand(SnOnnxForward *forward, const SnRecord *record) {
  int64_t sizes[SN_MAX_DIMS];
  const SnTensor *y = record->outputs[0];
  const char *x = sn_onnx_value(forward, record->inputs[0]), *parts[SN_MAX_DIMS];
  if (!sn_onnx_sizes(y, forward->twin->outputs[0], sizes)) return NULL;
  for (int d = 0; d < y->array.ndim; d++)
    parts[d] = sizes[d] < 0 ? sn_onnx_batch(forward) : sn_onnx_numbers(forward->onnx, 1, &sizes[d]);
  const char *shape = sn_onnx_node(forward->onnx, "Concat", y->array.ndim, parts, SN_ONNX_WITH(sn_onnx_int("axis", 0)));
  return sn_onnx_node(forward->onnx, "Expand", SN_ONNX_NAMES(x, shape), SN_ONNX_PLAIN);
}

const char *sn_onnx_cat(SnOnnxForward *forward, const SnRecord *record) {
  const char *parts[SN_MAX_INPUTS];
  for (int i = 0; i < record->input_count; i++) parts[i] = sn_onnx_value(forward, record->inputs[i]);
  return sn_onnx_node(forward->onnx, "Concat", record->input_count, parts,
                      SN_ONNX_WITH(sn_onnx_int("axis", record->attributes.narrow.dim)));
}

/* The dimensions that output 1 has with one element and the input with more. */
static int reduced(const SnRecord *record, int64_t axes[SN_MAX_DIMS]) {
  const SnArray *x = &record->inputs[0]->array, *kept = &record->outputs[1]->array;
  int count = 0;
  for (int d = 0; d < x->ndim; d++)
    if (x->shape[d] != kept->shape[d]) axes[count++] = d;
  return count;
}

/* The reduction as it is kept, in the shape of the result. */
static const char *result(SnOnnxForward *forward, const SnRecord *record, const char *kept) {
  int64_t sizes[SN_MAX_DIMS];
  const SnTensor *y = record->outputs[0];
  if (sn_same_shape(y, record->outputs[1])) return kept;
  if (!sn_onnx_sizes(y, forward->twin->outputs[0], sizes)) return NULL;
  return sn_onnx_reshaped(forward, kept, y->array.ndim, sizes);
}

const char *sn_onnx_sum(SnOnnxForward *forward, const SnRecord *record) {
  int64_t dims[SN_MAX_DIMS];
  int count = reduced(record, dims);
  const char *y = sn_onnx_value(forward, record->inputs[0]);
  if (count > 0)
    y = sn_onnx_node(forward->onnx, "ReduceSum", SN_ONNX_NAMES(y, sn_onnx_numbers(forward->onnx, count, dims)),
                     SN_ONNX_PLAIN);
  return result(forward, record, y);
}

const char *sn_onnx_max(SnOnnxForward *forward, const SnRecord *record) {
  int64_t dims[SN_MAX_DIMS];
  int count = reduced(record, dims);
  const char *y = sn_onnx_value(forward, record->inputs[0]);
  if (count > 0)
    y = sn_onnx_node(forward->onnx, "ReduceMax", SN_ONNX_NAMES(y), SN_ONNX_WITH(sn_onnx_ints("axes", count, dims)));
  return result(forward, record, y);
}
