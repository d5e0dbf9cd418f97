#include "plan/pairs.h"

#include <string.h>

/* Elements behind a value that convolutions may read. */
enum { BEHIND = 64 };

static bool rounds(const SnPlanNode *node) {
  return sn_node_is(node, SN_KERNEL_conv2d_fused) && node->attributes.fused_conv2d.algorithm == SN_CONVOLUTION_BFLOAT16;
}

static bool supports(const SnPlanGraph *graph, const SnPlanNode *node, bool x_packed, bool y_packed) {
  SnFusedConv2d options = node->attributes.fused_conv2d;
  options.x_packed |= x_packed;
  options.y_packed |= y_packed;
  return graph->backend->conv2d_supports(&options, node->inputs[SN_CONVOLUTION_X].array.shape);
}

static bool is_same_whole(const SnPlanGraph *graph, const SnPlanOperand *a, const SnPlanOperand *b) {
  return sn_operand_is_whole(graph, a) && sn_operand_is_whole(graph, b) && a->array.ndim == b->array.ndim &&
         memcmp(a->array.shape, b->array.shape, (size_t)a->array.ndim * sizeof *a->array.shape) == 0;
}

static bool only_multiplies(const SnPlanGraph *graph, const SnPlanNode *reader, const SnPlanOperand *y) {
  for (int k = 0; k < reader->input_count; k++)
    if (reader->inputs[k].value == y->value &&
        (!rounds(reader) || k != SN_CONVOLUTION_X || !is_same_whole(graph, &reader->inputs[k], y) ||
         !supports(graph, reader, true, false)))
      return false;
  return true;
}

static bool is_for_products(const SnPlanGraph *graph, const SnPlanNode *node) {
  const SnPlanOperand *y = &node->outputs[0];
  if (!rounds(node) || !supports(graph, node, false, true)) return false;
  for (int o = 0; o < graph->output_count; o++)
    if (graph->outputs[o].value == y->value) return false;
  for (int i = 0; i < graph->node_count; i++)
    if (!only_multiplies(graph, &graph->nodes[i], y)) return false;
  return sn_graph_uses(graph, y->value) > 0;
}

static void pair(SnPlanGraph *graph, SnPlanNode *node) {
  SnPlanOperand *y = &node->outputs[0];
  SnPlanValue *value = &graph->values[y->value];
  const int64_t *shape = y->array.shape;
  for (int i = 0; i < graph->node_count; i++) {
    SnPlanOperand *x = &graph->nodes[i].inputs[SN_CONVOLUTION_X];
    if (graph->nodes[i].input_count == 0 || x->value != y->value) continue;
    graph->nodes[i].attributes.fused_conv2d.x_packed = true;
    x->array.dtype = SN_BFLOAT16;
  }
  node->attributes.fused_conv2d.y_packed = true;
  y->array.dtype = value->dtype = SN_BFLOAT16;
  value->count = shape[0] * (shape[1] + shape[1] % 2) * shape[2] * shape[3] + BEHIND;
}

void sn_graph_pair_channels(SnPlanGraph *graph) {
  for (int i = 0; i < graph->node_count; i++)
    if (is_for_products(graph, &graph->nodes[i])) pair(graph, &graph->nodes[i]);
}
