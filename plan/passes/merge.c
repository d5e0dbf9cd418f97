/* A 1x1 convolution after a linear convolution is one convolution:
 *
 *   V (W x + b) + c = (V W) x + (V b + c),
 *
 * with a product of matrices, group by group, for every cell of W's kernel. It is done where it is less work: not
 * where a narrow W between wide images saves more than it costs. The product is summed in double precision. What is to
 * be computed in 8 bits stays by itself, so that its results do not depend on what follows. */
#include <stdlib.h>

#include "plan/convolution_weights.h"
#include "plan/cost.h"
#include "plan/input_ranges.h"
#include "plan/passes.h"

static bool merge(SnPlanGraph *graph, int first_index, int second_index) {
  const SnPlanNode *first = &graph->nodes[first_index], *second = &graph->nodes[second_index];
  const int64_t *made = first->outputs[0].array.shape, *taken = second->inputs[SN_CONVOLUTION_X].array.shape;
  if (made[0] != taken[0] || made[1] != taken[1]) return false;
  SnFusedConv2d options = first->attributes.fused_conv2d;
  options.out = second->attributes.fused_conv2d.out;
  options.conv2d.groups =
      sn_greatest_common_divisor(options.conv2d.groups, second->attributes.fused_conv2d.conv2d.groups);
  SnPlanNode merged = sn_node_convolution(graph, first->inputs[0].value, first->inputs[0].array.shape,
                                          second->outputs[0].value, made[2], made[3], &options);
  merged.inputs[0].offset = first->inputs[0].offset;
  merged.bias = first->bias || second->bias ? sn_plan_numbers(graph, options.out, second->bias) : NULL;
  if (sn_node_cost(graph, &merged) > sn_node_cost(graph, first) + sn_node_cost(graph, second)) return false;
  SnPlanWeights v = {0}, w = {0}, product = {0};
  if (sn_plan_weights_read(second, &v) && sn_plan_weights_read(first, &w)) {
    if (merged.bias) sn_plan_weights_apply_to_bias(&v, first->bias, merged.bias);
    if (sn_plan_weights_coarsen(&v, options.conv2d.groups) && sn_plan_weights_coarsen(&w, options.conv2d.groups) &&
        sn_plan_weights_multiply(graph->backend, &v, &w, &product))
      sn_plan_weights_write(graph, &merged, &product);
  }
  sn_plan_weights_free(&v);
  sn_plan_weights_free(&w);
  if (!sn_ok()) return false;
  graph->nodes[second_index] = merged;
  sn_graph_remove(graph, first_index);
  return true;
}

bool sn_pass_merge(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    const SnPlanNode *second = &graph->nodes[i];
    if (!sn_node_is_pointwise(second) || !sn_node_is_linear(second)) continue;
    int first = sn_graph_linear_producer(graph, &second->inputs[SN_CONVOLUTION_X]);
    if (first < 0 || sn_input_range_in_use(graph->nodes[first].weight) || sn_input_range_in_use(second->weight))
      continue;
    changed = merge(graph, first, i) || changed;
  }
  return changed;
}
