/* Products, convolutions, pooling, normalisation, softmax. */
#include <math.h>

#include "onnx/operations.h"

const char *sn_onnx_linear(SnOnnxForward *forward, const SnRecord *record) {
  const char *x = sn_onnx_value(forward, record->inputs[0]), *bias = sn_onnx_value(forward, record->inputs[2]);
  if (record->inputs[0]->array.ndim == 2)
    return sn_onnx_node(forward->onnx, "Gemm", SN_ONNX_NAMES(x, sn_onnx_value(forward, record->inputs[1]), bias),
                        SN_ONNX_WITH(sn_onnx_int("transB", 1)));
  const char *weight = sn_onnx_transposed(forward, record->inputs[1]);
  const char *y = sn_onnx_node(forward->onnx, "MatMul", SN_ONNX_NAMES(x, weight), SN_ONNX_PLAIN);
  return bias ? sn_onnx_node(forward->onnx, "Add", SN_ONNX_NAMES(y, bias), SN_ONNX_PLAIN) : y;
}

static const char *softmax(SnOnnxForward *forward, const char *type, const char *x) {
  return sn_onnx_node(forward->onnx, type, SN_ONNX_NAMES(x), SN_ONNX_WITH(sn_onnx_int("axis", -1)));
}

const char *sn_onnx_softmax(SnOnnxForward *forward, const SnRecord *record) {
  return softmax(forward, "Softmax", sn_onnx_value(forward, record->inputs[0]));
}

const char *sn_onnx_log_softmax(SnOnnxForward *forward, const SnRecord *record) {
  return softmax(forward, "LogSoftmax", sn_onnx_value(forward, record->inputs[0]));
}

/* softmax(q k^T / sqrt(D)) v, [B,H,N,D], as the operation gives it: [B,N,H,D]. */
const char *sn_onnx_attention(SnOnnxForward *forward, const SnRecord *record) {
  SnOnnx *onnx = forward->onnx;
  const char *q = sn_onnx_value(forward, record->inputs[0]), *k = sn_onnx_transposed(forward, record->inputs[1]);
  const char *v = sn_onnx_value(forward, record->inputs[2]);
  const char *factor = sn_onnx_number(onnx, 1 / sqrt((double)record->inputs[0]->array.shape[3]));
  const char *p = sn_onnx_node(onnx, "MatMul", SN_ONNX_NAMES(q, k), SN_ONNX_PLAIN);
  p = sn_onnx_node(onnx, "Mul", SN_ONNX_NAMES(p, factor), SN_ONNX_PLAIN);
  p = softmax(forward, "Softmax", p);
  const char *y = sn_onnx_node(onnx, "MatMul", SN_ONNX_NAMES(p, v), SN_ONNX_PLAIN);
  return sn_onnx_node(onnx, "Transpose", SN_ONNX_NAMES(y),
                      SN_ONNX_WITH(sn_onnx_ints("perm", 4, (int64_t[]){0, 2, 1, 3})));
}

const char *sn_onnx_conv2d(SnOnnxForward *forward, const SnRecord *record) {
  const SnConv2d *c = &record->attributes.conv2d;
  int64_t pads[4];
  for (int d = 0; d < 2; d++) {
    pads[d] = c->padding[d];
    pads[2 + d] = c->padding[d] + c->end_padding[d];
  }
  const char *x = sn_onnx_value(forward, record->inputs[0]), *weight = sn_onnx_value(forward, record->inputs[1]);
  const char *bias = sn_onnx_value(forward, record->inputs[2]);
  return sn_onnx_node(forward->onnx, "Conv", SN_ONNX_NAMES(x, weight, bias),
                      SN_ONNX_WITH(sn_onnx_ints("strides", 2, c->stride), sn_onnx_ints("pads", 4, pads),
                                   sn_onnx_ints("dilations", 2, c->dilation), sn_onnx_int("group", c->groups)));
}

/* A weight or bias that is absent stands for ones or zeros. */
static const char *or_full(SnOnnxForward *forward, const SnTensor *tensor, double value, int64_t channels) {
  if (tensor) return sn_onnx_value(forward, tensor);
  SnTensor *full = sn_full(SN_FLOAT32, value, SN_SHAPE(channels));
  return full ? sn_onnx_tensor(forward->onnx, NULL, full) : NULL;
}

const char *sn_onnx_batch_norm(SnOnnxForward *forward, const SnRecord *record) {
  int64_t channels = record->inputs[0]->array.shape[1];
  const char *x = sn_onnx_value(forward, record->inputs[0]);
  const char *weight = or_full(forward, record->inputs[1], 1, channels);
  const char *bias = or_full(forward, record->inputs[2], 0, channels);
  const char *mean = sn_onnx_value(forward, record->inputs[3]), *variance = sn_onnx_value(forward, record->inputs[4]);
  return sn_onnx_node(forward->onnx, "BatchNormalization", SN_ONNX_NAMES(x, weight, bias, mean, variance),
                      SN_ONNX_WITH(sn_onnx_real("epsilon", record->attributes.batch_norm.eps)));
}

const char *sn_onnx_layer_norm(SnOnnxForward *forward, const SnRecord *record) {
  const SnArray *array = &record->inputs[0]->array;
  const char *x = sn_onnx_value(forward, record->inputs[0]);
  const char *weight = or_full(forward, record->inputs[1], 1, array->shape[array->ndim - 1]);
  const char *bias = sn_onnx_value(forward, record->inputs[2]);
  return sn_onnx_node(
      forward->onnx, "LayerNormalization", SN_ONNX_NAMES(x, weight, bias),
      SN_ONNX_WITH(sn_onnx_int("axis", -1), sn_onnx_real("epsilon", record->attributes.layer_norm.eps)));
}

static const char *pool(SnOnnxForward *forward, const char *type, const SnRecord *record, int attribute_count,
                        const SnOnnxAttribute *last) {
  const SnPool2d *p = &record->attributes.pool2d;
  int64_t pads[4] = {p->padding[0], p->padding[1], p->padding[0], p->padding[1]};
  SnOnnxAttribute attributes[4] = {sn_onnx_ints("kernel_shape", 2, p->kernel), sn_onnx_ints("strides", 2, p->stride),
                                   sn_onnx_ints("pads", 4, pads)};
  if (last) attributes[3] = *last;
  return sn_onnx_node(forward->onnx, type, SN_ONNX_NAMES(sn_onnx_value(forward, record->inputs[0])), attribute_count,
                      attributes);
}

const char *sn_onnx_max_pool2d(SnOnnxForward *forward, const SnRecord *record) {
  return pool(forward, "MaxPool", record, 3, NULL);
}

const char *sn_onnx_avg_pool2d(SnOnnxForward *forward, const SnRecord *record) {
  SnOnnxAttribute counts = sn_onnx_int("count_include_pad", !record->attributes.pool2d.exclude_padding);
  return pool(forward, "AveragePool", record, 4, &counts);
}

/* Windows are convolutions: number k of channel c is that channel's window times the k-th unit vector. */
const char *sn_onnx_unfold(SnOnnxForward *forward, const SnRecord *record) {
  const SnUnfold *u = &record->attributes.unfold;
  const SnTensor *y = record->outputs[0];
  int64_t channels = record->inputs[0]->array.shape[1], cells = u->kernel[0] * u->kernel[1], sizes[SN_MAX_DIMS];
  int64_t pads[4] = {u->padding[0], u->padding[1], u->padding[0], u->padding[1]};
  float *units = sn_scope_allocate(channels * cells * cells, sizeof *units, NULL);
  if (!units || !sn_onnx_sizes(y, forward->twin->outputs[0], sizes)) return NULL;
  for (int64_t i = 0; i < channels * cells; i++) units[i * cells + i % cells] = 1;
  SnTensor *weight = sn_from_host(SN_FLOAT32, SN_SHAPE(channels * cells, 1, u->kernel[0], u->kernel[1]), units);
  const char *x = sn_onnx_value(forward, record->inputs[0]);
  const char *windows = weight ? sn_onnx_tensor(forward->onnx, NULL, weight) : NULL;
  windows = sn_onnx_node(forward->onnx, "Conv", SN_ONNX_NAMES(x, windows),
                         SN_ONNX_WITH(sn_onnx_ints("strides", 2, u->stride), sn_onnx_ints("pads", 4, pads),
                                      sn_onnx_ints("dilations", 2, u->dilation), sn_onnx_int("group", channels)));
  return sn_onnx_reshaped(forward, windows, 3, sizes);
}
