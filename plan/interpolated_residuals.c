#include "plan/interpolated_residuals.h"

static bool take_interpolation(SnPlanGraph *graph, int index) {
  SnPlanNode *interpolation = &graph->nodes[index];
  const SnPlanOperand *x = &interpolation->inputs[0], *y = &interpolation->outputs[0];
  int reader = sn_graph_only_reader(graph, y->value);
  if (reader < 0 || !sn_node_is(&graph->nodes[reader], SN_KERNEL_conv2d_fused)) return false;
  SnPlanNode *convolution = &graph->nodes[reader];
  SnPlanOperand *residual = &convolution->inputs[SN_CONVOLUTION_RESIDUAL];
  SnFusedConv2d options = convolution->attributes.fused_conv2d;
  options.residual_interpolated = true;
  if (!sn_operands_are_same_whole(graph, residual, y) || !sn_array_is_contiguous(&x->array) ||
      !graph->backend->conv2d_supports(&options, convolution->inputs[SN_CONVOLUTION_X].array.shape))
    return false;
  convolution->attributes.fused_conv2d = options;
  *residual = *x;
  sn_graph_remove(graph, index);
  return true;
}

void sn_graph_interpolate_residuals(SnPlanGraph *graph) {
  for (int i = 0; i < graph->node_count; i++)
    if (sn_node_is(&graph->nodes[i], SN_KERNEL_interpolate_bilinear) && take_interpolation(graph, i)) i--;
}
