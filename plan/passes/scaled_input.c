/* A convolution of scaled numbers is a convolution with scaled weights: W (s x) + b = (s W) x + b, zeros beyond the
 * border included. The scaled numbers must be read by nobody else. */
#include "plan/convolution_weights.h"
#include "plan/passes.h"

/* The affine node without a shift that makes what node `index` alone reads; -1: there is none. */
static int scaling_before(const SnPlanGraph *graph, int index) {
  const SnPlanOperand *x = &graph->nodes[index].inputs[SN_CONVOLUTION_X];
  if (!sn_operand_is_whole(graph, x) || sn_graph_only_reader(graph, x->value) != index) return -1;
  int producer = sn_graph_producer(graph, x->value);
  if (producer < 0 || !sn_node_is(&graph->nodes[producer], SN_KERNEL_affine)) return -1;
  const SnPlanNode *scaling = &graph->nodes[producer];
  return scaling->attributes.affine.shift == 0 && sn_operand_is_whole(graph, &scaling->inputs[0]) ? producer : -1;
}

bool sn_pass_scaled_input(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    SnPlanNode *convolution = &graph->nodes[i];
    int producer = sn_node_is(convolution, SN_KERNEL_conv2d_fused) ? scaling_before(graph, i) : -1;
    if (producer < 0) continue;
    const SnPlanNode *scaling = &graph->nodes[producer];
    int64_t out = convolution->attributes.fused_conv2d.out;
    double *scale = sn_plan_numbers(graph, out, convolution->scale), factor = scaling->attributes.affine.scale;
    if (!scale) return false;
    for (int64_t o = 0; o < out; o++) scale[o] = convolution->scale ? factor * scale[o] : factor;
    convolution->scale = scale;
    sn_graph_replace(graph, scaling->outputs[0].value, scaling->inputs[0].value);
    sn_graph_remove(graph, producer);
    changed = true;
    i -= 2; /* it is now before, and may have another one before it */
  }
  return changed;
}
