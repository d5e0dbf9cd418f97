/* Let T exchange the last two dimensions, y [N,B,A] = T x [N,A,B]: "channels last". With x an image of A channels and B
 * positions,
 *
 *   f(T x) = T f(x)                     for anything element by element, and for two arguments alike
 *   rows(T x) = T convolution1x1(x)     a linear map of the rows of T x is a 1x1 convolution of x
 *   norm(T x) = T norm(x)               a BatchNorm or LayerNorm over the columns of T x is one over the channels of x
 *   T T x = x                           and T is nothing where A = 1 or B = 1
 *
 * so every T moves towards the end, where most of them meet their inverse or a single channel. */
#include "plan/passes.h"

typedef struct Exchange {
  int from; /* the value x */
  int64_t n, a, b;
  int64_t height, width; /* of the positions; b and 1 when they are not known */
} Exchange;

static bool read_exchange(const SnPlanGraph *graph, int index, Exchange *exchange) {
  if (index < 0) return false;
  const SnPlanNode *node = &graph->nodes[index];
  if (!sn_node_is_transpose(graph, node, &exchange->n, &exchange->a, &exchange->b)) return false;
  exchange->from = node->inputs[0].value;
  exchange->height = exchange->b;
  exchange->width = 1;
  const SnArray *array = &node->inputs[0].array;
  if (array->ndim == 4 && array->shape[0] == exchange->n && array->shape[3] == exchange->a) {
    exchange->height = array->shape[1];
    exchange->width = array->shape[2];
  }
  return true;
}

/* The exchange that made what an operand reads as a whole. */
static bool is_exchanged(const SnPlanGraph *graph, const SnPlanOperand *operand, Exchange *exchange) {
  return sn_operand_is_whole(graph, operand) &&
         read_exchange(graph, sn_graph_producer(graph, operand->value), exchange) && exchange->a > 1 && exchange->b > 1;
}

/* Node `index` becomes `before`, which writes a new value, and an exchange of that follows into the node's result. */
static bool put_before(SnPlanGraph *graph, int index, SnPlanNode before, const Exchange *exchange, int64_t channels) {
  int result = graph->nodes[index].outputs[0].value;
  int value = sn_graph_value(graph, SN_PLAN_COMPUTED, graph->values[result].dtype, graph->values[result].count);
  if (value < 0) return false;
  before.outputs[0].value = value;
  graph->nodes[index] = before;
  SnPlanNode after = sn_node_transpose(graph, value, exchange->n, channels, exchange->b, result);
  if (exchange->width > 1 || exchange->height != exchange->b) { /* keep the shape of the positions in sight */
    after.outputs[0] =
        sn_operand_dense(graph, result, 4, (int64_t[]){exchange->n, exchange->height, exchange->width, channels});
    after.inputs[0] = after.outputs[0];
    after.inputs[0].value = value;
    int64_t stride[] = {channels * exchange->b, exchange->width, 1, exchange->b};
    for (int d = 0; d < 4; d++) after.inputs[0].array.stride[d] = stride[d];
  }
  return sn_graph_insert(graph, index + 1, &after);
}

static bool move_convolution(SnPlanGraph *graph, int index, const Exchange *exchange) {
  SnPlanNode node = graph->nodes[index];
  const int64_t *rows = node.inputs[SN_CONVOLUTION_X].array.shape;
  if (!sn_node_is_pointwise(&node) || !sn_node_is_linear(&node) || rows[0] != exchange->n * exchange->b ||
      rows[1] != exchange->a || rows[2] != 1 || rows[3] != 1)
    return false;
  SnPlanNode image = sn_node_convolution(graph, exchange->from,
                                         (int64_t[]){exchange->n, exchange->a, exchange->height, exchange->width}, -1,
                                         exchange->height, exchange->width, &node.attributes.fused_conv2d);
  image.outputs[0].array.dtype = node.outputs[0].array.dtype;
  image.weight = node.weight;
  image.scale = node.scale;
  image.bias = node.bias;
  return put_before(graph, index, image, exchange, node.attributes.fused_conv2d.out);
}

static bool move_norm(SnPlanGraph *graph, int index, const Exchange *exchange) {
  SnPlanNode norm = graph->nodes[index];
  const int64_t *shape = norm.inputs[0].array.shape;
  if (shape[0] != exchange->n * exchange->b || shape[1] != exchange->a || shape[2] != 1) return false;
  int64_t image[] = {exchange->n, exchange->a, exchange->b};
  norm.inputs[0] = sn_operand_dense(graph, exchange->from, 3, image);
  SnDtype dtype = norm.outputs[0].array.dtype;
  norm.outputs[0] = sn_operand_dense(graph, -1, 3, image);
  norm.outputs[0].array.dtype = dtype;
  return put_before(graph, index, norm, exchange, exchange->a);
}

static bool move_binary(SnPlanGraph *graph, int index, const Exchange *exchange) {
  SnPlanNode node = graph->nodes[index];
  Exchange other;
  if (!is_exchanged(graph, &node.inputs[1], &other) || other.n != exchange->n || other.a != exchange->a ||
      other.b != exchange->b)
    return false;
  node.inputs[0].value = exchange->from;
  node.inputs[1].value = other.from;
  return put_before(graph, index, node, exchange, exchange->a);
}

/* Moves the exchange that made node `index`'s first input behind it. */
static bool move_behind(SnPlanGraph *graph, int index) {
  Exchange exchange, second;
  SnPlanNode *node = &graph->nodes[index];
  if (node->input_count == 0) return false;
  const SnPlanOperand *input = &node->inputs[0];
  if (sn_node_is(node, SN_KERNEL_copy)) { /* which may read it in another shape */
    if (!read_exchange(graph, index, &second)) return false;
    int result = node->outputs[0].value, from = second.from;
    bool nothing = second.a == 1 || second.b == 1;
    if (!nothing && (!read_exchange(graph, sn_graph_producer(graph, input->value), &exchange) ||
                     exchange.n != second.n || exchange.a != second.b || exchange.b != second.a))
      return false;
    sn_graph_replace(graph, result, nothing ? from : exchange.from);
    sn_graph_remove(graph, index);
    return true;
  }
  if (!is_exchanged(graph, input, &exchange)) return false;
  if (node->is_elementwise) {
    SnPlanNode unary = *node;
    unary.inputs[0].value = exchange.from;
    return put_before(graph, index, unary, &exchange, exchange.a);
  }
  switch (node->op) {
    case SN_KERNEL_conv2d_fused:
      return move_convolution(graph, index, &exchange);
    case SN_KERNEL_batch_norm:
    case SN_KERNEL_layer_norm:
      return move_norm(graph, index, &exchange);
    case SN_KERNEL_add:
    case SN_KERNEL_subtract:
    case SN_KERNEL_multiply:
    case SN_KERNEL_divide:
      return move_binary(graph, index, &exchange);
    default:
      return false;
  }
}

bool sn_pass_transposes(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++)
    if (move_behind(graph, i)) changed = true;
  return changed;
}
