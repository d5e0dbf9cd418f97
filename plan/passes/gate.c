/* Numbers of one image times a factor for each channel, as squeeze and excitation makes them, before a 1x1 convolution:
 *
 *     W (diag(s) x) + b = (W diag(s)) x + b.
 *
 * W diag(s) is made anew in every run, from O C numbers instead of the C P of the image. Preparing it costs a pass
 * more, so it is done where there are four times as many positions as outputs. Of several images each would need its
 * own. */
#include "plan/passes.h"

static bool repeats_over_positions(const SnPlanGraph *graph, const SnPlanOperand *factor, int64_t channels) {
  const SnArray *array = &factor->array;
  return factor->offset == 0 && graph->values[factor->value].count == channels && array->ndim == 4 &&
         array->stride[1] == 1 && array->stride[2] == 0 && array->stride[3] == 0;
}

/* Which side of the product is the image; -1: neither. */
static int image_side(const SnPlanGraph *graph, const SnPlanNode *product, int64_t channels) {
  for (int side = 0; side < 2; side++)
    if (sn_operand_is_whole(graph, &product->inputs[side]) &&
        repeats_over_positions(graph, &product->inputs[1 - side], channels))
      return side;
  return -1;
}

static bool takes_gate(const SnPlanGraph *graph, int index) {
  const SnPlanNode *node = &graph->nodes[index];
  if (!sn_node_is_pointwise(node) || node->inputs[SN_CONVOLUTION_GATE].value >= 0) return false;
  const SnFusedConv2d *options = &node->attributes.fused_conv2d;
  const SnPlanOperand *x = &node->inputs[SN_CONVOLUTION_X];
  const int64_t *shape = x->array.shape;
  return options->conv2d.groups == 1 && shape[0] == 1 && shape[2] * shape[3] >= 4 * options->out &&
         sn_operand_is_whole(graph, x) && sn_graph_only_reader(graph, x->value) == index;
}

bool sn_pass_gate(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    if (!takes_gate(graph, i)) continue;
    SnPlanNode *convolution = &graph->nodes[i];
    SnPlanOperand *x = &convolution->inputs[SN_CONVOLUTION_X];
    int64_t channels = x->array.shape[1];
    int producer = sn_graph_producer(graph, x->value);
    if (producer < 0 || !sn_node_is(&graph->nodes[producer], SN_KERNEL_multiply)) continue;
    const SnPlanNode *product = &graph->nodes[producer];
    int side = image_side(graph, product, channels);
    if (side < 0) continue;
    x->value = product->inputs[side].value;
    convolution->inputs[SN_CONVOLUTION_GATE] = sn_operand_dense(graph, product->inputs[1 - side].value, 1, &channels);
    sn_graph_remove(graph, producer);
    changed = true;
    i--;
  }
  return changed;
}
