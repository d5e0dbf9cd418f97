#include "plan/recorded.h"

#include <stdlib.h>

#include "base/memory.h"

static bool make_tensors(const SnPlan *plan, SnPlanRecording *recorded) {
  const SnPlanGraph *graph = &plan->graph;
  recorded->scope = sn_scope_new();
  if (!recorded->scope) return false;
  sn_scope_enter(recorded->scope);
  for (int i = 0; i < graph->input_count && sn_ok(); i++) {
    const SnArray *array = &graph->inputs[i].array;
    recorded->inputs[i] = sn_empty_on(graph->backend, array->dtype, array->ndim, array->shape);
  }
  for (int o = 0; o < graph->output_count && sn_ok(); o++) {
    const SnArray *array = &graph->outputs[o].array;
    recorded->outputs[o] = sn_empty_on(graph->backend, array->dtype, array->ndim, array->shape);
  }
  sn_scope_leave(recorded->scope);
  return sn_ok();
}

static bool make(SnPlan *plan) {
  const SnBackend *backend = plan->graph.backend;
  SnPlanRecording *recorded = plan->recorded = sn_allocate(1, sizeof *recorded, "a plan's recording");
  if (!recorded || !make_tensors(plan, recorded) || !backend->record_begin()) return false;
  sn_plan_run_steps(plan, recorded->inputs, recorded->outputs);
  recorded->recording = backend->record_end();
  return sn_ok();
}

bool sn_plan_run_recorded(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  if (!plan->recorded && !make(plan)) {
    sn_plan_recording_free(plan);
    return false;
  }
  SnPlanRecording *recorded = plan->recorded;
  for (int i = 0; i < plan->graph.input_count; i++)
    if (!sn_copy_into(recorded->inputs[i], inputs[i])) return false;
  if (!plan->graph.backend->record_run(recorded->recording, (SnClock){0, 0})) return false;
  for (int o = 0; o < plan->graph.output_count; o++)
    if (!sn_copy_into(outputs[o], recorded->outputs[o])) return false;
  return true;
}

void sn_plan_recording_free(SnPlan *plan) {
  SnPlanRecording *recorded = plan->recorded;
  if (!recorded) return;
  plan->graph.backend->record_free(recorded->recording);
  sn_scope_free(recorded->scope);
  free(recorded);
  plan->recorded = NULL;
}
