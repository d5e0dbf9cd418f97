/* Pooling and resizing act on positions, a 1x1 convolution on channels, and both are linear: they can change places,
 *
 *   W R(x) = R(W x).
 *
 * A bias may go along only where the weights with which R makes each pixel sum to 1: so it is for bilinear resizing,
 * and for averages over whole windows. Where a pooling counts the zeros beyond the border they do not, and a
 * convolution with a bias stays behind it. The order of least cost is taken: few positions for the convolution, few
 * channels for R. */
#include "plan/cost.h"
#include "plan/passes.h"

static bool moves_positions(const SnPlanNode *node) {
  return sn_node_is(node, SN_KERNEL_interpolate_bilinear) || sn_node_is(node, SN_KERNEL_avg_pool2d);
}

static bool keeps_constants(const SnPlanNode *node) {
  const SnPool2d *pool = &node->attributes.pool2d;
  return sn_node_is(node, SN_KERNEL_interpolate_bilinear) || pool->exclude_padding ||
         (pool->padding[0] == 0 && pool->padding[1] == 0);
}

/* A node between images [N,channels,…] of the same positions as `like`. */
static void set_channels(const SnPlanGraph *graph, SnPlanOperand *operand, int value, const SnArray *like,
                         int64_t channels) {
  SnDtype dtype = like->dtype;
  *operand = sn_operand_dense(graph, value, 4, (int64_t[]){like->shape[0], channels, like->shape[2], like->shape[3]});
  operand->array.dtype = dtype;
}

/* Exchanges two nodes, the second the only reader of the first, where that is cheaper. */
static bool exchange(SnPlanGraph *graph, int first_index, int second_index) {
  const SnPlanNode *first = &graph->nodes[first_index], *second = &graph->nodes[second_index];
  bool convolution_first = sn_node_is_pointwise(first);
  const SnPlanNode *convolution = convolution_first ? first : second, *moving = convolution_first ? second : first;
  if (convolution->bias && !keeps_constants(moving)) return false;
  const SnArray *small = &moving->inputs[0].array, *large = &moving->outputs[0].array;
  const SnArray *seen = convolution_first ? &convolution->outputs[0].array : &convolution->inputs[0].array;
  const SnArray *between = convolution_first ? small : large;
  if (seen->shape[0] != between->shape[0] || seen->shape[1] != between->shape[1]) return false;
  const SnFusedConv2d *options = &convolution->attributes.fused_conv2d;
  SnPlanNode new_convolution = *convolution, new_moving = *moving;
  int x = first->inputs[0].value, y = second->outputs[0].value;
  const SnArray *at = convolution_first ? large : small; /* positions of the convolution from now on */
  int64_t moved_channels = convolution_first ? options->in : options->out;
  set_channels(graph, &new_convolution.inputs[0], convolution_first ? -1 : x, at, options->in);
  set_channels(graph, &new_convolution.outputs[0], convolution_first ? y : -1, at, options->out);
  set_channels(graph, &new_moving.inputs[0], convolution_first ? x : -1, small, moved_channels);
  set_channels(graph, &new_moving.outputs[0], convolution_first ? -1 : y, large, moved_channels);
  SnPlanNode *new_first = convolution_first ? &new_moving : &new_convolution;
  SnPlanNode *new_second = convolution_first ? &new_convolution : &new_moving;
  int64_t count = sn_array_count(&new_first->outputs[0].array);
  /* absent operands cost nothing: count the value between as read and written */
  new_first->outputs[0].value = new_second->inputs[0].value = 0;
  if (sn_node_cost(graph, new_first) + sn_node_cost(graph, new_second) >=
      sn_node_cost(graph, first) + sn_node_cost(graph, second))
    return false;
  int value = sn_graph_value(graph, SN_PLAN_COMPUTED, graph->values[y].dtype, count);
  if (value < 0) return false;
  new_first->outputs[0].value = new_second->inputs[0].value = value;
  new_first->inputs[0].offset = graph->nodes[first_index].inputs[0].offset;
  graph->nodes[first_index] = *new_first;
  graph->nodes[second_index] = *new_second;
  return true;
}

bool sn_pass_cheap_side(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    const SnPlanNode *second = &graph->nodes[i];
    bool is_map = sn_node_is_pointwise(second) && sn_node_is_linear(second);
    if ((!is_map && !moves_positions(second)) || !sn_operand_is_whole(graph, &second->inputs[0])) continue;
    int value = second->inputs[0].value, producer = sn_graph_producer(graph, value);
    if (producer < 0 || sn_graph_only_reader(graph, value) != i) continue;
    const SnPlanNode *first = &graph->nodes[producer];
    if (is_map ? moves_positions(first) : sn_node_is_pointwise(first) && sn_node_is_linear(first))
      changed = exchange(graph, producer, i) || changed;
  }
  return changed;
}
