#include "plan/in_place.h"

static bool is_output(const SnPlanGraph *graph, int value) {
  for (int o = 0; o < graph->output_count; o++)
    if (graph->outputs[o].value == value) return true;
  return false;
}

/* A copy of a whole value that the plan computes for itself, into one piece of another. */
static bool can_vanish(const SnPlanGraph *graph, const SnPlanNode *copy) {
  const SnPlanOperand *from = &copy->inputs[0], *to = &copy->outputs[0];
  if (!sn_node_is(copy, SN_KERNEL_copy) || !sn_operand_is_whole(graph, from)) return false;
  const SnPlanValue *value = &graph->values[from->value];
  return value->kind == SN_PLAN_COMPUTED && !is_output(graph, from->value) && from->value != to->value &&
         value->dtype == graph->values[to->value].dtype && sn_array_is_contiguous(&to->array);
}

static void move_operands(SnPlanOperand *operands, int count, int value, const SnPlanOperand *to) {
  for (int i = 0; i < count; i++)
    if (operands[i].value == value) {
      operands[i].value = to->value;
      operands[i].offset += to->offset;
    }
}

bool sn_graph_write_in_place(SnPlanGraph *graph) {
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    if (!can_vanish(graph, &graph->nodes[i])) continue;
    int value = graph->nodes[i].inputs[0].value;
    SnPlanOperand to = graph->nodes[i].outputs[0];
    sn_graph_remove(graph, i--);
    for (int n = 0; n < graph->node_count; n++) {
      move_operands(graph->nodes[n].inputs, graph->nodes[n].input_count, value, &to);
      move_operands(graph->nodes[n].outputs, graph->nodes[n].output_count, value, &to);
    }
  }
  return sn_ok();
}
