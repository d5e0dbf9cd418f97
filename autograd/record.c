#include "autograd/record.h"

#include <string.h>

static _Thread_local SnRecorder current;

SnRecorder sn_recorder(void) { return current; }

void sn_set_recorder(SnRecorder recorder) { current = recorder; }

SnTensor *sn_record(const SnOp *op, int input_count, SnTensor *const *inputs, int output_count,
                    SnTensor *const *outputs, const SnAttributes *attributes) {
  if (!sn_ok()) return NULL;
  if (!current) return outputs[0];
  SnRecord call = {.op = op, .input_count = input_count, .output_count = output_count};
  if (attributes) call.attributes = *attributes;
  memcpy(call.inputs, inputs, (size_t)input_count * sizeof *inputs);
  memcpy(call.outputs, outputs, (size_t)output_count * sizeof *outputs);
  return current(&call) ? outputs[0] : NULL;
}

SnTensor *sn_apply(const SnOp *op, int input_count, SnTensor *const *inputs, int output_count, SnTensor *const *outputs,
                   const SnAttributes *attributes) {
  if (!sn_run_kernel(op->kernel, input_count, inputs, output_count, outputs, attributes)) return NULL;
  return sn_record(op, input_count, inputs, output_count, outputs, attributes);
}

bool sn_record_copy(SnScope *scope, const SnRecord *call, SnRecord *record) {
  *record = *call;
  sn_scope_enter(scope);
  for (int i = 0; i < call->input_count; i++)
    if (call->inputs[i]) record->inputs[i] = sn_alias(call->inputs[i]);
  for (int i = 0; i < call->output_count; i++)
    if (call->outputs[i]) record->outputs[i] = sn_alias(call->outputs[i]);
  sn_scope_leave(scope);
  return sn_ok();
}
