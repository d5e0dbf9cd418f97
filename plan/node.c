#include "plan/graph.h"

static SnPlanNode with_one_output(int op, int input_count) {
  SnPlanNode node = {.op = op, .input_count = input_count, .output_count = 1};
  for (int i = 0; i < SN_MAX_INPUTS; i++) node.inputs[i] = sn_operand_absent();
  for (int i = 0; i < SN_MAX_OUTPUTS; i++) node.outputs[i] = sn_operand_absent();
  return node;
}

SnPlanNode sn_node_convolution(const SnPlanGraph *graph, int x, const int64_t x_shape[4], int y, int64_t y_height,
                               int64_t y_width, const SnFusedConv2d *options) {
  SnPlanNode node = with_one_output(SN_KERNEL_conv2d_fused, 5);
  node.attributes.fused_conv2d = *options;
  node.inputs[SN_CONVOLUTION_X] = sn_operand_dense(graph, x, 4, x_shape);
  node.outputs[0] = sn_operand_dense(graph, y, 4, (int64_t[]){x_shape[0], options->out, y_height, y_width});
  return node;
}

SnPlanNode sn_node_elementwise(const SnPlanGraph *graph, SnKernel kernel, int x, int y) {
  SnPlanNode node = with_one_output((int)kernel, 1);
  int64_t count = x >= 0 ? graph->values[x].count : 0;
  node.inputs[0] = sn_operand_dense(graph, x, 1, &count);
  node.outputs[0] = sn_operand_dense(graph, y, 1, &count);
  return node;
}

SnPlanNode sn_node_transpose(const SnPlanGraph *graph, int x, int64_t n, int64_t a, int64_t b, int y) {
  SnPlanNode node = with_one_output(SN_KERNEL_copy, 1);
  node.outputs[0] = sn_operand_dense(graph, y, 3, (int64_t[]){n, b, a});
  node.inputs[0] = node.outputs[0];
  node.inputs[0].value = x;
  node.inputs[0].array.stride[1] = 1;
  node.inputs[0].array.stride[2] = b;
  return node;
}

bool sn_node_is(const SnPlanNode *node, SnKernel kernel) { return node->op == (int)kernel; }

bool sn_node_is_pointwise(const SnPlanNode *node) {
  if (!sn_node_is(node, SN_KERNEL_conv2d_fused)) return false;
  const SnFusedConv2d *options = &node->attributes.fused_conv2d;
  const SnConv2d *c = &options->conv2d;
  return options->kernel[0] == 1 && options->kernel[1] == 1 && c->stride[0] == 1 && c->stride[1] == 1 &&
         c->padding[0] == 0 && c->padding[1] == 0;
}

bool sn_node_is_linear(const SnPlanNode *node) {
  return sn_node_is(node, SN_KERNEL_conv2d_fused) && node->inputs[SN_CONVOLUTION_RESIDUAL].value < 0 &&
         node->attributes.fused_conv2d.activation == SN_ACTIVATION_NONE;
}

/* Without dimensions of one element, and with those joined that lie behind one another. */
static SnArray collapsed(const SnArray *array) {
  SnArray result = {.dtype = array->dtype};
  for (int d = 0; d < array->ndim; d++) {
    if (array->shape[d] == 1) continue;
    int last = result.ndim - 1;
    if (last >= 0 && result.stride[last] == array->stride[d] * array->shape[d]) {
      result.shape[last] *= array->shape[d];
      result.stride[last] = array->stride[d];
    } else {
      result.shape[result.ndim] = array->shape[d];
      result.stride[result.ndim++] = array->stride[d];
    }
  }
  return result;
}

bool sn_node_is_transpose(const SnPlanGraph *graph, const SnPlanNode *node, int64_t *n, int64_t *a, int64_t *b) {
  const SnPlanOperand *x = &node->inputs[0];
  if (!sn_node_is(node, SN_KERNEL_copy) || !sn_operand_is_whole(graph, &node->outputs[0]) || x->offset != 0)
    return false;
  const SnPlanValue *from = &graph->values[x->value], *to = &graph->values[node->outputs[0].value];
  if (from->dtype != to->dtype || from->count != to->count) return false;
  SnArray array = collapsed(&x->array);
  int first = array.ndim - 2; /* of the two dimensions that are exchanged */
  if (array.ndim == 0 || (array.ndim == 1 && array.stride[0] == 1)) {
    *n = *a = 1;
    *b = from->count;
    return true;
  }
  if (first < 0 || first > 1) return false;
  *b = array.shape[first];
  *a = array.shape[first + 1];
  *n = first == 1 ? array.shape[0] : 1;
  if (first == 1 && array.stride[0] != *a * *b) return false;
  return array.stride[first] == 1 && array.stride[first + 1] == *b;
}

int sn_graph_linear_producer(const SnPlanGraph *graph, const SnPlanOperand *operand) {
  if (!sn_operand_is_whole(graph, operand) || sn_graph_uses(graph, operand->value) != 1) return -1;
  int producer = sn_graph_producer(graph, operand->value);
  return producer >= 0 && sn_node_is_linear(&graph->nodes[producer]) ? producer : -1;
}

static const SnKernel activation_kernels[SN_ACTIVATION_COUNT] = {
    [SN_ACTIVATION_NONE] = SN_KERNEL_COUNT,
    [SN_ACTIVATION_RELU] = SN_KERNEL_relu,
    [SN_ACTIVATION_LEAKY_RELU] = SN_KERNEL_leaky_relu,
    [SN_ACTIVATION_RELU6] = SN_KERNEL_relu6,
    [SN_ACTIVATION_SIGMOID] = SN_KERNEL_sigmoid,
    [SN_ACTIVATION_SILU] = SN_KERNEL_silu,
    [SN_ACTIVATION_GELU] = SN_KERNEL_gelu,
    [SN_ACTIVATION_HARD_SIGMOID] = SN_KERNEL_hard_sigmoid,
    [SN_ACTIVATION_HARD_SWISH] = SN_KERNEL_hard_swish,
};

SnActivation sn_activation_of(int op) {
  for (int a = SN_ACTIVATION_NONE + 1; a < SN_ACTIVATION_COUNT; a++)
    if (op == (int)activation_kernels[a]) return (SnActivation)a;
  return SN_ACTIVATION_NONE;
}

SnKernel sn_activation_kernel(SnActivation activation) { return activation_kernels[activation]; }
