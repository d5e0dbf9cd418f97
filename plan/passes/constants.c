/* What depends on constants alone is a constant: a table of positions, resized, is computed when the plan is made. */
#include "plan/passes.h"

static bool has_constants_only(const SnPlanGraph *graph, const SnPlanNode *node) {
  if (node->op == SN_PLAN_CAT || sn_node_is(node, SN_KERNEL_conv2d_fused) || node->output_count != 1) return false;
  for (int i = 0; i < node->input_count; i++)
    if (node->inputs[i].value >= 0 && graph->values[node->inputs[i].value].kind != SN_PLAN_CONSTANT) return false;
  return sn_operand_is_whole(graph, &node->outputs[0]);
}

/* A constant as an operand reads it. */
static SnArray array_of(const SnPlanGraph *graph, const SnPlanOperand *operand) {
  const SnTensor *tensor = graph->values[operand->value].constant;
  SnArray array = operand->array;
  array.data = (unsigned char *)tensor->array.data + operand->offset * (int64_t)sn_dtype_size(array.dtype);
  return array;
}

static bool compute(SnPlanGraph *graph, const SnPlanNode *node) {
  const SnPlanOperand *result = &node->outputs[0];
  sn_scope_enter(graph->scope);
  SnTensor *y = sn_empty_on(graph->backend, result->array.dtype, result->array.ndim, result->array.shape);
  sn_scope_leave(graph->scope);
  if (!y) return false;
  SnArray inputs[SN_MAX_INPUTS];
  SnCall call = {.out = {&y->array}, .attributes = node->attributes};
  for (int i = 0; i < node->input_count; i++)
    if (node->inputs[i].value >= 0) {
      inputs[i] = array_of(graph, &node->inputs[i]);
      call.in[i] = &inputs[i];
    }
  if (!sn_kernel_run(graph->backend, (SnKernel)node->op, &call))
    return sn_fail("%s: the device %s cannot do this", sn_kernel_name((SnKernel)node->op), graph->backend->name);
  SnPlanValue *value = &graph->values[result->value];
  value->kind = SN_PLAN_CONSTANT;
  value->constant = y;
  return true;
}

bool sn_pass_constants(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    if (!has_constants_only(graph, &graph->nodes[i]) || !compute(graph, &graph->nodes[i])) continue;
    sn_graph_remove(graph, i--);
    changed = true;
  }
  return changed;
}
