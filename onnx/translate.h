/* A forward's recorded operations as nodes of an ONNX model. */
#ifndef SN_ONNX_TRANSLATE_H
#define SN_ONNX_TRANSLATE_H

#include "autograd/trace.h"
#include "onnx/forward.h"
#include "plan/build.h"

/* Traces an evaluation-mode forward (autograd/trace.h says what it must not do) of one input [batch, ...] in float32,
 * and adds what it records to the model, operation by operation. The model is for any batch: the forward is traced with
 * 2 and with 3 images, and what differs is the batch's. An operation without a translation is an error that names it.
 *
 * ndim and shape: of the input, whose first size is not read; input: the value of the model that it is. weights: whose
 * names constants get. results: the values of the outputs, in the innermost scope. Returns how many, 0 on failure. The
 * forward's own tensors must live until the model is written. */
int sn_onnx_translate(SnOnnx *onnx, const SnStateDict *weights, SnForward forward, void *context, const char *input,
                      int ndim, const int64_t *shape, const char *results[SN_PLAN_MAX_OUTPUTS]);

/* The part of it that goes through the records: `forward` knows the inputs (sn_onnx_name) and afterwards every result.
 * twin: a trace of the same operations for another batch; or the same one, when all sizes are fixed. */
bool sn_onnx_translate_trace(SnOnnxForward *forward, const SnTrace *trace, const SnTrace *twin);

#endif
