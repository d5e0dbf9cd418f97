/* Adaptive average pooling of L channels to D, position by position: output i is the mean of the channels from
 * floor(i L / D) to ceil((i + 1) L / D). That is a linear map of the channels, a 1x1 convolution. At every i where i L
 * / D is whole a new group of outputs begins that shares no channel with those before: there are gcd(L, D) groups. */
#include "plan/convolution_weights.h"
#include "plan/passes.h"

static bool pooling_weights(SnPlanGraph *graph, SnPlanNode *node) {
  const SnFusedConv2d *options = &node->attributes.fused_conv2d;
  int64_t in = options->in, out = options->out, groups = options->conv2d.groups, ins = in / groups;
  SnPlanWeights weights;
  if (!sn_plan_weights_new(&weights, out, ins, groups, 1)) return false;
  for (int64_t o = 0; o < out; o++) {
    int64_t first = o * in / out, end = ((o + 1) * in + out - 1) / out, begin = o / (out / groups) * ins;
    for (int64_t i = first; i < end; i++) weights.data[o * ins + i - begin] = 1.0 / (double)(end - first);
  }
  return sn_plan_weights_write(graph, node, &weights);
}

bool sn_pass_channel_pool(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    const SnPlanNode *pool = &graph->nodes[i];
    if (!sn_node_is(pool, SN_KERNEL_adaptive_avg_pool2d) || !sn_operand_is_whole(graph, &pool->inputs[0])) continue;
    const int64_t *x = pool->inputs[0].array.shape, *y = pool->outputs[0].array.shape;
    int producer = sn_graph_producer(graph, pool->inputs[0].value);
    int64_t n, a, b;
    if (x[2] != 1 || y[2] != 1 || producer < 0 || !sn_node_is_transpose(graph, &graph->nodes[producer], &n, &a, &b) ||
        a != x[3] || n * b != x[0] * x[1])
      continue;
    int64_t groups = sn_greatest_common_divisor(a, y[3]);
    SnFusedConv2d options = {
        .conv2d = {.stride = {1, 1}, .dilation = {1, 1}, .groups = groups}, .in = a, .out = y[3], .kernel = {1, 1}};
    SnPlanNode rows = sn_node_convolution(graph, pool->inputs[0].value, (int64_t[]){n * b, a, 1, 1},
                                          pool->outputs[0].value, 1, 1, &options);
    if (!pooling_weights(graph, &rows)) continue;
    graph->nodes[i] = rows;
    changed = true;
  }
  return changed;
}
