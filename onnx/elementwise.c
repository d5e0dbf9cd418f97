/* Elementwise operations that take more than a node, or a number. */
#include <math.h>

#include "onnx/operations.h"

static const char *input(SnOnnxForward *forward, const SnRecord *record) {
  return sn_onnx_value(forward, record->inputs[0]);
}

static const char *with_number(SnOnnxForward *forward, const char *type, const char *x, double number) {
  return sn_onnx_binary(forward->onnx, type, x, sn_onnx_number(forward->onnx, number));
}

const char *sn_onnx_scale(SnOnnxForward *forward, const SnRecord *record) {
  return with_number(forward, "Mul", input(forward, record), record->attributes.affine.scale);
}

const char *sn_onnx_add_scalar(SnOnnxForward *forward, const SnRecord *record) {
  return with_number(forward, "Add", input(forward, record), record->attributes.affine.shift);
}

const char *sn_onnx_leaky_relu(SnOnnxForward *forward, const SnRecord *record) {
  return sn_onnx_node(forward->onnx, "LeakyRelu", SN_ONNX_NAMES(input(forward, record)),
                      SN_ONNX_WITH(sn_onnx_real("alpha", record->attributes.leaky_relu.slope)));
}

/* Bounds that are infinite are absent. */
static const char *clip(SnOnnxForward *forward, const char *x, double low, double high) {
  const char *bounds[2] = {isinf(low) ? NULL : sn_onnx_number(forward->onnx, low),
                           isinf(high) ? NULL : sn_onnx_number(forward->onnx, high)};
  return sn_onnx_node(forward->onnx, "Clip", SN_ONNX_NAMES(x, bounds[0], bounds[1]), SN_ONNX_PLAIN);
}

const char *sn_onnx_relu6(SnOnnxForward *forward, const SnRecord *record) {
  return clip(forward, input(forward, record), 0, 6);
}

const char *sn_onnx_clamp(SnOnnxForward *forward, const SnRecord *record) {
  return clip(forward, input(forward, record), record->attributes.clamp.low, record->attributes.clamp.high);
}

/* x sigmoid(x) */
const char *sn_onnx_silu(SnOnnxForward *forward, const SnRecord *record) {
  const char *x = input(forward, record);
  const char *gate = sn_onnx_node(forward->onnx, "Sigmoid", SN_ONNX_NAMES(x), SN_ONNX_PLAIN);
  return sn_onnx_node(forward->onnx, "Mul", SN_ONNX_NAMES(x, gate), SN_ONNX_PLAIN);
}

/* x (1 + erf(x / sqrt 2)) / 2, in the order in which runtimes recognise it */
const char *sn_onnx_gelu(SnOnnxForward *forward, const SnRecord *record) {
  const char *x = input(forward, record), *y = with_number(forward, "Div", x, sqrt(2));
  y = sn_onnx_node(forward->onnx, "Erf", SN_ONNX_NAMES(y), SN_ONNX_PLAIN);
  y = with_number(forward, "Add", y, 1);
  y = sn_onnx_node(forward->onnx, "Mul", SN_ONNX_NAMES(x, y), SN_ONNX_PLAIN);
  return with_number(forward, "Mul", y, 0.5);
}

const char *sn_onnx_hard_sigmoid(SnOnnxForward *forward, const SnRecord *record) {
  return sn_onnx_node(forward->onnx, "HardSigmoid", SN_ONNX_NAMES(input(forward, record)),
                      SN_ONNX_WITH(sn_onnx_real("alpha", 1.0 / 6), sn_onnx_real("beta", 0.5)));
}
