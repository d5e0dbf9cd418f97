/* y = weight (x - mean) / sqrt(var + eps) + bias, a channel at a time, is y = s x + t with
 *
 *   s = weight / sqrt(var + eps),   t = bias - s mean;   and x = W u + b gives y = (s W) u + (s b + t).
 * So is a product with one constant for each channel, layer scale, which may be written on the exchanged dimensions.
 *
 * x must be a convolution's (or linear layer's) result that nobody else reads. */
#include <math.h>

#include "plan/convolution_weights.h"
#include "plan/passes.h"

/* Puts y = scale x + shift, [out] each, into the convolution that makes x. */
static bool fold(SnPlanGraph *graph, SnPlanNode *convolution, const double *scale, const double *shift) {
  int64_t out = convolution->attributes.fused_conv2d.out;
  double *new_scale = sn_plan_numbers(graph, out, scale), *new_bias = sn_plan_numbers(graph, out, shift);
  if (!new_scale || !new_bias) return false;
  for (int64_t o = 0; o < out; o++) {
    if (convolution->scale) new_scale[o] *= convolution->scale[o];
    if (convolution->bias) new_bias[o] += scale[o] * convolution->bias[o];
  }
  convolution->scale = new_scale;
  convolution->bias = new_bias;
  return true;
}

/* A constant operand's numbers, or `otherwise` where it is absent. */
static bool read(const SnPlanGraph *graph, const SnPlanOperand *operand, int64_t count, double otherwise,
                 double *numbers) {
  for (int64_t i = 0; i < count; i++) numbers[i] = otherwise;
  if (operand->value < 0) return true;
  const SnTensor *tensor = graph->values[operand->value].constant;
  return tensor && sn_count(tensor) == count && sn_to_host(tensor, SN_FLOAT64, numbers);
}

/* numbers [4 channels]: first the scales s, then the shifts t. */
static bool read_norm(const SnPlanGraph *graph, const SnPlanNode *norm, double *numbers) {
  int64_t channels = norm->inputs[0].array.shape[1];
  double *weight = numbers, *bias = weight + channels, *mean = bias + channels, *var = mean + channels;
  const SnPlanOperand *inputs = norm->inputs;
  if (!read(graph, &inputs[1], channels, 1, weight) || !read(graph, &inputs[2], channels, 0, bias) ||
      !read(graph, &inputs[3], channels, 0, mean) || !read(graph, &inputs[4], channels, 1, var))
    return false;
  for (int64_t c = 0; c < channels; c++) {
    weight[c] /= sqrt(var[c] + norm->attributes.batch_norm.eps);
    bias[c] -= weight[c] * mean[c];
  }
  return true;
}

static bool fold_norm(SnPlanGraph *graph, const SnPlanNode *norm, int producer) {
  int64_t channels = norm->inputs[0].array.shape[1];
  SnScope *scope = sn_scope_open();
  double *numbers = sn_scope_allocate(4 * channels, sizeof *numbers, NULL);
  bool folded =
      numbers && read_norm(graph, norm, numbers) && fold(graph, &graph->nodes[producer], numbers, numbers + channels);
  sn_scope_close(scope);
  return folded;
}

static bool is_norm(const SnPlanGraph *graph, const SnPlanNode *node) {
  return sn_node_is(node, SN_KERNEL_batch_norm) && sn_graph_uses(graph, node->outputs[1].value) == 0 &&
         sn_graph_uses(graph, node->outputs[2].value) == 0;
}

bool sn_pass_batch_norm(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    const SnPlanNode *norm = &graph->nodes[i];
    if (!is_norm(graph, norm)) continue;
    int producer = sn_graph_linear_producer(graph, &norm->inputs[0]);
    if (producer < 0) continue;
    const int64_t *made = graph->nodes[producer].outputs[0].array.shape, *read_as = norm->inputs[0].array.shape;
    if (made[0] != read_as[0] || made[1] != read_as[1] || !fold_norm(graph, norm, producer)) continue;
    sn_graph_replace(graph, graph->nodes[i].outputs[0].value, graph->nodes[producer].outputs[0].value);
    sn_graph_remove(graph, i--);
    changed = true;
  }
  return changed;
}

/* ---- y = s x with a constant s of one number a channel ---- */

/* The dimension of what an operand reads, in any order of dimensions, along which the channels of its producer's result
 * lie; -1: none is. */
static int channel_dim(const SnPlanNode *producer, const SnArray *read) {
  const int64_t *made = producer->outputs[0].array.shape;
  for (int d = 0; d < read->ndim; d++)
    if (read->shape[d] == made[1] && read->stride[d] == made[2] * made[3]) return d;
  return -1;
}

/* A constant that changes along one dimension alone, its numbers one after the other. */
static bool reads_row(const SnPlanGraph *graph, const SnPlanOperand *operand, int dim) {
  const SnPlanValue *value = operand->value >= 0 ? &graph->values[operand->value] : NULL;
  if (!value || value->kind != SN_PLAN_CONSTANT || operand->offset != 0 || value->count != operand->array.shape[dim])
    return false;
  for (int d = 0; d < operand->array.ndim; d++)
    if (d != dim && operand->array.shape[d] != 1 && operand->array.stride[d] != 0) return false;
  return operand->array.stride[dim] == 1;
}

/* Every element of the value once, in any order. */
static bool reads_all(const SnPlanGraph *graph, const SnPlanOperand *operand) {
  for (int d = 0; d < operand->array.ndim; d++)
    if (operand->array.shape[d] != 1 && operand->array.stride[d] == 0) return false;
  return operand->value >= 0 && operand->offset == 0 &&
         sn_array_count(&operand->array) == graph->values[operand->value].count;
}

/* The multiplication at `index` becomes a copy, which is nothing where it reads in order. */
static bool scale_channels(SnPlanGraph *graph, int index, int side) {
  SnPlanNode *node = &graph->nodes[index];
  const SnPlanOperand *x = &node->inputs[side], *row = &node->inputs[1 - side];
  if (!reads_all(graph, x) || sn_graph_uses(graph, x->value) != 1) return false;
  int producer = sn_graph_producer(graph, x->value);
  if (producer < 0 || !sn_node_is_linear(&graph->nodes[producer])) return false;
  int dim = channel_dim(&graph->nodes[producer], &x->array);
  if (dim < 0 || !reads_row(graph, row, dim)) return false;
  int64_t channels = x->array.shape[dim];
  double *scale = sn_plan_numbers(graph, channels, NULL), *shift = sn_plan_numbers(graph, channels, NULL);
  if (!scale || !shift || !sn_to_host(graph->values[row->value].constant, SN_FLOAT64, scale) ||
      !fold(graph, &graph->nodes[producer], scale, shift))
    return false;
  SnPlanNode copy = sn_node_elementwise(graph, SN_KERNEL_copy, -1, -1);
  copy.inputs[0] = *x;
  copy.outputs[0] = node->outputs[0];
  *node = copy;
  return true;
}

bool sn_pass_channel_scale(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++)
    if (sn_node_is(&graph->nodes[i], SN_KERNEL_multiply))
      changed = scale_channels(graph, i, 0) || (sn_ok() && scale_channels(graph, i, 1)) || changed;
  return changed;
}

/* A BatchNorm without a convolution before it becomes one: a filter of one cell for each channel, which an activation
 * can join. */
static bool make_convolution(SnPlanGraph *graph, int index) {
  SnPlanNode norm = graph->nodes[index];
  const int64_t *x = norm.inputs[0].array.shape;
  int64_t channels = x[1];
  SnFusedConv2d options = {.conv2d = {.stride = {1, 1}, .dilation = {1, 1}, .groups = channels},
                           .in = channels,
                           .out = channels,
                           .kernel = {1, 1}};
  SnPlanNode node = sn_node_convolution(graph, norm.inputs[0].value, (int64_t[]){x[0], channels, 1, x[2]},
                                        norm.outputs[0].value, 1, x[2], &options);
  node.inputs[SN_CONVOLUTION_X].offset = norm.inputs[0].offset;
  SnPlanWeights weights;
  SnScope *scope = sn_scope_open();
  double *numbers = sn_scope_allocate(4 * channels, sizeof *numbers, NULL);
  bool made = numbers && read_norm(graph, &norm, numbers) && sn_plan_weights_new(&weights, channels, 1, channels, 1);
  for (int64_t c = 0; made && c < channels; c++) weights.data[c] = numbers[c];
  made = made && sn_plan_weights_write(graph, &node, &weights);
  node.bias = made ? sn_plan_numbers(graph, channels, numbers + channels) : NULL;
  sn_scope_close(scope);
  if (node.bias) graph->nodes[index] = node;
  return node.bias != NULL;
}

bool sn_pass_lone_norm(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++)
    if (is_norm(graph, &graph->nodes[i])) changed = make_convolution(graph, i) || changed;
  return changed;
}

/* y = factor x + term after a convolution: every channel alike. */
bool sn_pass_affine(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    SnPlanNode *node = &graph->nodes[i];
    if (!sn_node_is(node, SN_KERNEL_affine)) continue;
    int producer = sn_graph_linear_producer(graph, &node->inputs[0]);
    if (producer < 0) continue;
    int64_t out = graph->nodes[producer].attributes.fused_conv2d.out;
    double *scale = sn_plan_numbers(graph, out, NULL), *shift = sn_plan_numbers(graph, out, NULL);
    for (int64_t o = 0; scale && shift && o < out; o++) {
      scale[o] = node->attributes.affine.scale;
      shift[o] = node->attributes.affine.shift;
    }
    if (!shift || !fold(graph, &graph->nodes[producer], scale, shift)) continue;
    sn_graph_replace(graph, node->outputs[0].value, graph->nodes[producer].outputs[0].value);
    sn_graph_remove(graph, i--);
    changed = true;
  }
  return changed;
}
