/* A forward that becomes nodes: which value of the model each traced tensor is. */
#ifndef SN_ONNX_FORWARD_H
#define SN_ONNX_FORWARD_H

#include "autograd/record.h"
#include "onnx/model.h"
#include "tensor/state_dict.h"

/* A traced tensor: memory, and how it is seen. */
typedef struct SnOnnxValue {
  const SnTensor *tensor;
  const char *name;
  bool is_constant;
} SnOnnxValue;

typedef struct SnOnnxForward {
  SnOnnx *onnx;
  const SnStateDict *weights; /* whose names constants get */
  const char *input;          /* the first: [batch, ...] */
  const char *batch;          /* int64 [1]: its first size; NULL until it is asked for */
  const SnRecord *twin;       /* the record that is being translated, of a trace with another batch */
  SnOnnxValue *values;
  int64_t count;
} SnOnnxForward;

/* The value that a traced tensor is; one that no operation made is a constant. NULL for NULL. */
const char *sn_onnx_value(SnOnnxForward *forward, const SnTensor *tensor);

/* The same with the last two dimensions exchanged. */
const char *sn_onnx_transposed(SnOnnxForward *forward, const SnTensor *tensor);

/* Whether the tensor was made by the forward, or is its input. */
bool sn_onnx_is_computed(const SnOnnxForward *forward, const SnTensor *tensor);

/* From now on the tensor is that value. */
void sn_onnx_name(SnOnnxForward *forward, const SnTensor *tensor, const char *name);

/* Sizes of a tensor, -1 for the one that grows with the batch; twin: the same tensor of the other trace. An error when
 * several do. */
bool sn_onnx_sizes(const SnTensor *tensor, const SnTensor *twin, int64_t sizes[SN_MAX_DIMS]);

/* The value in another shape, one size of which may be -1. */
const char *sn_onnx_reshaped(SnOnnxForward *forward, const char *value, int ndim, const int64_t *sizes);

/* The batch's size as int64 [1]. */
const char *sn_onnx_batch(SnOnnxForward *forward);

#endif
