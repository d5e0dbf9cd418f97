#include "onnx/translate.h"

#include <stdlib.h>
#include <string.h>

#include "autograd/trace.h"
#include "onnx/operations.h"

typedef struct Traced {
  SnTrace *trace;
  SnTensor *input, *outputs[SN_PLAN_MAX_OUTPUTS];
  int output_count;
} Traced;

static void run_traced(Traced *traced, SnForward forward, void *context, int ndim, const int64_t *shape,
                       int64_t batch) {
  int64_t sizes[SN_MAX_DIMS] = {batch};
  for (int d = 1; d < ndim; d++) sizes[d] = shape[d];
  traced->input = sn_empty(SN_FLOAT32, ndim, sizes);
  traced->trace = sn_trace_begin();
  if (traced->trace) traced->output_count = forward(context, &traced->input, traced->outputs);
  if (sn_trace_end(traced->trace) && (traced->output_count < 1 || traced->output_count > SN_PLAN_MAX_OUTPUTS))
    sn_fail("a forward with %d outputs cannot become an ONNX model", traced->output_count);
}

/* A view of a constant, unless it repeats elements, is a constant, too, and takes no node. */
static bool is_constant_view(const SnOnnxForward *forward, const SnRecord *record) {
  const SnTensor *x = record->inputs[0], *y = record->outputs[0];
  return record->op->kind == SN_OP_VIEW && y->storage == x->storage && sn_count(y) <= sn_count(x) &&
         !sn_onnx_is_computed(forward, x);
}

static void translate_record(SnOnnxForward *forward, const SnRecord *record) {
  const SnOnnxOperation *operation = sn_onnx_operation(record->op->name);
  const char *inputs[SN_MAX_INPUTS], *y = NULL;
  if (!operation) {
    sn_fail("the operation %s has no translation to ONNX", record->op->name);
    return;
  }
  if (is_constant_view(forward, record)) return;
  if (operation->translate) {
    y = operation->translate(forward, record);
  } else {
    for (int i = 0; i < record->input_count; i++) inputs[i] = sn_onnx_value(forward, record->inputs[i]);
    y = sn_onnx_node(forward->onnx, operation->type, record->input_count, inputs, SN_ONNX_PLAIN);
  }
  sn_onnx_name(forward, record->outputs[0], y);
}

bool sn_onnx_translate_trace(SnOnnxForward *forward, const SnTrace *trace, const SnTrace *twin) {
  if (!sn_ok()) return false;
  bool same = trace->count == twin->count;
  for (int64_t i = 0; same && i < trace->count; i++) same = trace->records[i].op == twin->records[i].op;
  if (!same) return sn_fail("what is computed depends on how many images there are, which an ONNX model cannot follow");
  for (int64_t i = 0; i < trace->count && sn_ok(); i++) {
    forward->twin = &twin->records[i];
    translate_record(forward, &trace->records[i]);
  }
  return sn_ok();
}

int sn_onnx_translate(SnOnnx *onnx, const SnStateDict *weights, SnForward forward, void *context, const char *input,
                      int ndim, const int64_t *shape, const char *results[SN_PLAN_MAX_OUTPUTS]) {
  if (!sn_ok()) return 0;
  Traced traced = {0}, twin = {0};
  run_traced(&traced, forward, context, ndim, shape, 2);
  run_traced(&twin, forward, context, ndim, shape, 3);
  SnOnnxForward translation = {.onnx = onnx, .weights = weights, .input = input};
  if (sn_ok()) sn_onnx_name(&translation, traced.input, input);
  if (sn_onnx_translate_trace(&translation, traced.trace, twin.trace))
    for (int i = 0; i < traced.output_count; i++) results[i] = sn_onnx_value(&translation, traced.outputs[i]);
  free(translation.values);
  sn_trace_free(traced.trace);
  sn_trace_free(twin.trace);
  return sn_ok() ? traced.output_count : 0;
}
