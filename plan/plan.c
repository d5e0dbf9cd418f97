#include "plan/plan.h"

#include <stdlib.h>

#include "base/memory.h"
#include "plan/cost.h"
#include "plan/finish.h"
#include "plan/passes.h"
#include "plan/recorded.h"

static SnPlanTotals count_totals(const SnPlanGraph *graph) {
  SnPlanTotals totals = {.steps = graph->node_count};
  for (int i = 0; i < graph->node_count; i++) {
    totals.macs += sn_node_macs(&graph->nodes[i]);
    totals.bytes += sn_node_bytes(graph, &graph->nodes[i]);
  }
  return totals;
}

static int output_number(const SnPlanGraph *graph, int value) {
  for (int o = 0; o < graph->output_count; o++)
    if (graph->outputs[o].value == value) return o;
  return -1;
}

/* Where an operand's memory is, or a patch where only the caller knows. */
static void bind(SnPlan *plan, const SnPlanOperand *operand, SnArray *array) {
  const SnPlanValue *value = &plan->graph.values[operand->value];
  int64_t offset = operand->offset * (int64_t)sn_dtype_size(value->dtype);
  int output = output_number(&plan->graph, operand->value);
  *array = operand->array;
  if (value->kind == SN_PLAN_CONSTANT) {
    array->data = (unsigned char *)value->constant->array.data + offset;
  } else if (value->kind == SN_PLAN_INPUT || output >= 0) {
    plan->patches[plan->patch_count++] = (SnPlanPatch){array, offset, output < 0 ? value->input : -1, output};
  } else {
    array->data = (unsigned char *)sn_storage_data(plan->arena) + plan->places[operand->value].offset + offset;
  }
}

static void bind_all(SnPlan *plan) {
  for (int i = 0; i < plan->graph.node_count; i++) {
    const SnPlanNode *node = &plan->graph.nodes[i];
    SnPlanStep *step = &plan->steps[i];
    step->kernel = (SnKernel)node->op;
    step->call.attributes = node->attributes;
    for (int k = 0; k < node->input_count; k++) {
      if (node->inputs[k].value < 0) continue;
      bind(plan, &node->inputs[k], &step->inputs[k]);
      step->call.in[k] = &step->inputs[k];
    }
    for (int k = 0; k < node->output_count; k++) {
      if (node->outputs[k].value < 0) continue;
      bind(plan, &node->outputs[k], &step->outputs[k]);
      step->call.out[k] = &step->outputs[k];
    }
  }
}

static bool place(SnPlan *plan) {
  SnPlanGraph *graph = &plan->graph;
  plan->places = sn_allocate(graph->value_count, sizeof *plan->places, "a plan's values");
  plan->steps = sn_allocate(graph->node_count, sizeof *plan->steps, "a plan's steps");
  plan->patches = sn_allocate((int64_t)graph->node_count * (SN_MAX_INPUTS + SN_MAX_OUTPUTS), sizeof *plan->patches,
                              "a plan's steps");
  if (!sn_ok()) return false;
  plan->summary.arena_bytes = sn_plan_place(graph, plan->places);
  bool on_host = !graph->backend->copy_to_host;
  if (on_host && !sn_memory_suffices(plan->summary.arena_bytes, "what the network computes on its way")) return false;
  if (plan->summary.arena_bytes > 0) plan->arena = sn_storage_new(graph->backend, (size_t)plan->summary.arena_bytes);
  if (sn_ok()) bind_all(plan);
  return sn_ok();
}

SnPlan *sn_plan_new(SnForward forward, void *context, int input_count, SnTensor *const *like) {
  return sn_plan_new_by(sn_graph_simplify, forward, context, input_count, like);
}

SnPlan *sn_plan_new_by(SnRewriting rewrite, SnForward forward, void *context, int input_count, SnTensor *const *like) {
  if (!sn_ok()) return NULL;
  SnPlan *plan = sn_allocate(1, sizeof *plan, "a plan");
  if (!plan) return NULL;
  if (sn_graph_build(&plan->graph, forward, context, input_count, like)) {
    SnPlanGraph *graph = &plan->graph;
    plan->summary.written = count_totals(graph);
    if (!rewrite(graph)) sn_fail("there was nothing for the passes to rewrite");
    if (sn_graph_finish(graph) && place(plan)) plan->summary.planned = count_totals(graph);
    for (int v = 0; v < graph->value_count && sn_ok(); v++)
      if (graph->values[v].constant)
        plan->summary.constant_bytes += graph->values[v].count * (int64_t)sn_dtype_size(graph->values[v].dtype);
  }
  if (!sn_ok()) {
    sn_plan_free(plan);
    return NULL;
  }
  return plan;
}

void sn_plan_free(SnPlan *plan) {
  if (!plan) return;
  sn_plan_recording_free(plan);
  sn_graph_free(&plan->graph);
  sn_storage_release(plan->arena);
  free(plan->places);
  free(plan->steps);
  free(plan->patches);
  free(plan);
}

SnPlanSummary sn_plan_summary(const SnPlan *plan) { return plan->summary; }

bool sn_plan_fits(const SnPlan *plan, SnTensor *const *inputs) {
  for (int i = 0; i < plan->graph.input_count; i++) {
    const SnArray *wanted = &plan->graph.inputs[i].array;
    if (!sn_has_shape(inputs[i], wanted->ndim, wanted->shape) || inputs[i]->array.dtype != wanted->dtype ||
        sn_storage_backend(inputs[i]->storage) != plan->graph.backend)
      return false;
  }
  return true;
}

int sn_plan_output_count(const SnPlan *plan) { return plan->graph.output_count; }

SnTensor *sn_plan_new_output(const SnPlan *plan, int index) {
  const SnArray *array = &plan->graph.outputs[index].array;
  return sn_empty_on(plan->graph.backend, array->dtype, array->ndim, array->shape);
}
