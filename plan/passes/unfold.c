/* Row c, k, l of an unfolded image holds the pixels that a convolution's weight [c,k,l] meets, so a linear map of the
 * rows, of weight W [O, C kh kw], is the convolution of the image with W seen as [O, C, kh, kw]. A map in groups of
 * rows becomes one in groups of channels, of which each must hold whole channels: the groups are joined as far as
 * needed. */
#include "plan/convolution_weights.h"
#include "plan/cost.h"
#include "plan/passes.h"

static int64_t windows(int64_t size, const SnUnfold *unfold, int d) {
  return (size + 2 * unfold->padding[d] - unfold->dilation[d] * (unfold->kernel[d] - 1) - 1) / unfold->stride[d] + 1;
}

static bool rewrite(SnPlanGraph *graph, int index, int producer) {
  const SnPlanNode *map = &graph->nodes[index], *rows = &graph->nodes[producer];
  const SnUnfold *unfold = &rows->attributes.unfold;
  const int64_t *x = rows->inputs[0].array.shape;
  SnFusedConv2d options = map->attributes.fused_conv2d;
  int64_t cells = unfold->kernel[0] * unfold->kernel[1];
  if (map->inputs[SN_CONVOLUTION_X].array.shape[0] != x[0] || options.in != x[1] * cells ||
      !sn_operand_is_whole(graph, &rows->inputs[0]))
    return false;
  SnConv2d *c = &options.conv2d;
  c->groups = sn_greatest_common_divisor(c->groups, x[1]);
  options.in = x[1];
  for (int d = 0; d < 2; d++) {
    options.kernel[d] = unfold->kernel[d];
    c->stride[d] = unfold->stride[d];
    c->padding[d] = unfold->padding[d];
    c->dilation[d] = unfold->dilation[d];
  }
  SnPlanNode convolution = sn_node_convolution(graph, rows->inputs[0].value, x, map->outputs[0].value,
                                               windows(x[2], unfold, 0), windows(x[3], unfold, 1), &options);
  convolution.bias = map->bias;
  if (sn_node_cost(graph, &convolution) > sn_node_cost(graph, map) + sn_node_cost(graph, rows)) return false;
  SnPlanWeights weights;
  if (!sn_plan_weights_read(map, &weights) || !sn_plan_weights_coarsen(&weights, c->groups)) return false;
  weights.in /= cells;
  weights.cells = cells;
  if (!sn_plan_weights_write(graph, &convolution, &weights)) return false;
  graph->nodes[index] = convolution;
  sn_graph_remove(graph, producer);
  return true;
}

bool sn_pass_unfold(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    const SnPlanNode *map = &graph->nodes[i];
    const SnPlanOperand *x = &map->inputs[SN_CONVOLUTION_X];
    if (!sn_node_is_pointwise(map) || !sn_node_is_linear(map) || !sn_operand_is_whole(graph, x) ||
        sn_graph_only_reader(graph, x->value) != i)
      continue;
    int producer = sn_graph_producer(graph, x->value);
    if (producer >= 0 && sn_node_is(&graph->nodes[producer], SN_KERNEL_unfold))
      changed = rewrite(graph, i, producer) || changed;
  }
  return changed;
}
