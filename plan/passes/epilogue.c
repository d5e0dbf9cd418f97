/* y = activation(convolution(x) + residual) in one pass over y: an addition joins the convolution that makes one of its
 * sides, and an activation the convolution before it. */
#include "plan/passes.h"

/* The node computes at `index` from now on, and writes that node's result. */
static void move_to(SnPlanGraph *graph, int from, int index, SnPlanNode node) {
  node.outputs[0].value = graph->nodes[index].outputs[0].value;
  graph->nodes[index] = node;
  sn_graph_remove(graph, from);
}

static bool join_addition(SnPlanGraph *graph, int index) {
  const SnPlanNode *add = &graph->nodes[index];
  if (!sn_node_is(add, SN_KERNEL_add) || !sn_operand_is_whole(graph, &add->inputs[0]) ||
      !sn_operand_is_whole(graph, &add->inputs[1]))
    return false;
  int producers[2] = {sn_graph_linear_producer(graph, &add->inputs[0]),
                      sn_graph_linear_producer(graph, &add->inputs[1])};
  int side = producers[0] > producers[1] ? 0 : 1; /* the later one: less has to wait */
  if (producers[side] < 0) return false;
  SnPlanNode convolution = graph->nodes[producers[side]];
  convolution.inputs[SN_CONVOLUTION_RESIDUAL] =
      sn_operand_dense(graph, add->inputs[1 - side].value, 4, convolution.outputs[0].array.shape);
  move_to(graph, producers[side], index, convolution);
  return true;
}

static bool join_activation(SnPlanGraph *graph, int index) {
  const SnPlanNode *node = &graph->nodes[index];
  SnActivation activation = sn_activation_of(node->op);
  if (activation == SN_ACTIVATION_NONE || !sn_operand_is_whole(graph, &node->inputs[0]) ||
      sn_graph_uses(graph, node->inputs[0].value) != 1)
    return false;
  int producer = sn_graph_producer(graph, node->inputs[0].value);
  if (producer < 0 || !sn_node_is(&graph->nodes[producer], SN_KERNEL_conv2d_fused)) return false;
  SnPlanNode convolution = graph->nodes[producer];
  SnFusedConv2d *options = &convolution.attributes.fused_conv2d;
  if (options->activation != SN_ACTIVATION_NONE) return false;
  options->activation = activation;
  options->slope = activation == SN_ACTIVATION_LEAKY_RELU ? node->attributes.leaky_relu.slope : 0;
  move_to(graph, producer, index, convolution);
  return true;
}

bool sn_pass_epilogue(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++)
    if (join_addition(graph, i) || join_activation(graph, i)) {
      changed = true;
      i--;
    }
  return changed;
}
