/* What each recorded operation becomes. One function an operation, in the file of its kind; operations.c lists them. */
#ifndef SN_ONNX_OPERATIONS_H
#define SN_ONNX_OPERATIONS_H

#include "onnx/forward.h"

/* Adds nodes that compute output 0 of the record; returns its value. */
typedef const char *(*SnOnnxTranslation)(SnOnnxForward *forward, const SnRecord *record);

typedef struct SnOnnxOperation {
  const char *name;            /* the operation's */
  const char *type;            /* of the one node that does it, from the same inputs; NULL: */
  SnOnnxTranslation translate; /* what it takes */
} SnOnnxOperation;

/* NULL, without an error, when there is none of that name. */
const SnOnnxOperation *sn_onnx_operation(const char *name);

/* elementwise.c */
const char *sn_onnx_scale(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_add_scalar(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_leaky_relu(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_relu6(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_clamp(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_silu(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_gelu(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_hard_sigmoid(SnOnnxForward *forward, const SnRecord *record);

/* shapes.c */
const char *sn_onnx_reshape(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_permute(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_narrow(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_expand(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_cat(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_sum(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_max(SnOnnxForward *forward, const SnRecord *record);

/* layers.c */
const char *sn_onnx_linear(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_attention(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_conv2d(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_batch_norm(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_layer_norm(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_max_pool2d(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_avg_pool2d(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_unfold(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_softmax(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_log_softmax(SnOnnxForward *forward, const SnRecord *record);

/* resampling.c */
const char *sn_onnx_resampling(SnOnnxForward *forward, const SnRecord *record);

/* choices.c */
const char *sn_onnx_index_select(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_nearest_neighbors(SnOnnxForward *forward, const SnRecord *record);
const char *sn_onnx_flat_argmax(SnOnnxForward *forward, const SnRecord *record);

#endif
