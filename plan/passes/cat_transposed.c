/* T [x1, x2, …] = [T x1, T x2, …]: a concatenation along channels whose dimensions are then exchanged is made at once,
 * each part read in the exchanged order, and the whole is written once instead of twice. */
#include "plan/passes.h"

static bool rewrite(SnPlanGraph *graph, int index, int producer, int64_t n, int64_t a, int64_t b) {
  SnPlanNode cat = graph->nodes[producer];
  const SnArray *whole = &cat.outputs[0].array;
  int dim = cat.attributes.narrow.dim;
  int64_t before = 1;
  for (int d = 0; d < dim; d++) before *= whole->shape[d];
  if (before != n || whole->shape[dim] != a) return false;
  for (int i = 0; i < cat.input_count; i++) {
    if (!sn_operand_is_whole(graph, &cat.inputs[i])) return false;
    int64_t channels = cat.inputs[i].array.shape[dim];
    SnPlanNode exchange = sn_node_transpose(graph, cat.inputs[i].value, n, channels, b, cat.inputs[i].value);
    cat.inputs[i] = exchange.inputs[0];
  }
  cat.outputs[0] = sn_operand_dense(graph, graph->nodes[index].outputs[0].value, 3, (int64_t[]){n, b, a});
  cat.attributes.narrow.dim = 2;
  graph->nodes[index] = cat;
  sn_graph_remove(graph, producer);
  return true;
}

bool sn_pass_cat_transposed(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    int64_t n, a, b;
    const SnPlanNode *node = &graph->nodes[i];
    if (!sn_node_is_transpose(graph, node, &n, &a, &b) || a == 1 || b == 1) continue;
    int value = node->inputs[0].value, producer = sn_graph_producer(graph, value);
    if (producer >= 0 && graph->nodes[producer].op == SN_PLAN_CAT && sn_graph_only_reader(graph, value) == i)
      changed = rewrite(graph, i, producer, n, a, b) || changed;
  }
  return changed;
}
