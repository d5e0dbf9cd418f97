#include "onnx/operations.h"

#include <string.h>

static const SnOnnxOperation operations[] = {
    {"add", "Add", NULL},
    {"sub", "Sub", NULL},
    {"mul", "Mul", NULL},
    {"div", "Div", NULL},
    {"neg", "Neg", NULL},
    {"exp", "Exp", NULL},
    {"log", "Log", NULL},
    {"sqrt", "Sqrt", NULL},
    {"abs", "Abs", NULL},
    {"relu", "Relu", NULL},
    {"sigmoid", "Sigmoid", NULL},
    {"hard_swish", "HardSwish", NULL},
    {"matmul", "MatMul", NULL},
    {"scale", NULL, sn_onnx_scale},
    {"add_scalar", NULL, sn_onnx_add_scalar},
    {"leaky_relu", NULL, sn_onnx_leaky_relu},
    {"relu6", NULL, sn_onnx_relu6},
    {"clamp", NULL, sn_onnx_clamp},
    {"silu", NULL, sn_onnx_silu},
    {"gelu", NULL, sn_onnx_gelu},
    {"hard_sigmoid", NULL, sn_onnx_hard_sigmoid},
    {"reshape", NULL, sn_onnx_reshape},
    {"permute", NULL, sn_onnx_permute},
    {"narrow", NULL, sn_onnx_narrow},
    {"expand", NULL, sn_onnx_expand},
    {"cat", NULL, sn_onnx_cat},
    {"sum", NULL, sn_onnx_sum},
    {"max", NULL, sn_onnx_max},
    {"linear", NULL, sn_onnx_linear},
    {"attention", NULL, sn_onnx_attention},
    {"conv2d", NULL, sn_onnx_conv2d},
    {"batch_norm", NULL, sn_onnx_batch_norm},
    {"layer_norm", NULL, sn_onnx_layer_norm},
    {"max_pool2d", NULL, sn_onnx_max_pool2d},
    {"avg_pool2d", NULL, sn_onnx_avg_pool2d},
    {"unfold", NULL, sn_onnx_unfold},
    {"softmax", NULL, sn_onnx_softmax},
    {"log_softmax", NULL, sn_onnx_log_softmax},
    {"adaptive_avg_pool2d", NULL, sn_onnx_resampling},
    {"interpolate_bilinear", NULL, sn_onnx_resampling},
    {"interpolate_nearest", NULL, sn_onnx_resampling},
    {"interpolate_bicubic", NULL, sn_onnx_resampling},
    {"gaussian_blur2d", NULL, sn_onnx_resampling},
    {"index_select", NULL, sn_onnx_index_select},
    {"nearest_neighbors", NULL, sn_onnx_nearest_neighbors},
    {"flat_argmax", NULL, sn_onnx_flat_argmax},
};

const SnOnnxOperation *sn_onnx_operation(const char *name) {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    if (strcmp(operations[i].name, name) == 0) return &operations[i];
  return NULL;
}
