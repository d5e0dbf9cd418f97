#include "plan/cost.h"

int64_t sn_node_macs(const SnPlanNode *node) {
  int64_t results = sn_array_count(&node->outputs[0].array);
  switch (node->op) {
    case SN_KERNEL_conv2d_fused: {
      const SnFusedConv2d *options = &node->attributes.fused_conv2d;
      int64_t depth = options->in / options->conv2d.groups * options->kernel[0] * options->kernel[1];
      return options->tail ? results * options->out * (depth + 1) : results * depth;
    }
    case SN_KERNEL_conv2d: {
      const int64_t *weight = node->inputs[1].array.shape;
      return results * weight[1] * weight[2] * weight[3];
    }
    case SN_KERNEL_attention: /* one a score and one a result, of D each */
      return 2 * results * node->inputs[1].array.shape[2];
    case SN_KERNEL_linear:
      return results * node->inputs[0].array.shape[1];
    case SN_KERNEL_matmul:
      return results * node->inputs[0].array.shape[2];
    default:
      return 0;
  }
}

/* A dimension of stride 0 repeats what was read. */
static int64_t bytes_of(const SnPlanOperand *operand) {
  if (operand->value < 0) return 0;
  int64_t bytes = (int64_t)sn_dtype_size(operand->array.dtype);
  for (int d = 0; d < operand->array.ndim; d++)
    if (operand->array.stride[d] != 0 || operand->array.shape[d] == 0) bytes *= operand->array.shape[d];
  return bytes;
}

int64_t sn_node_bytes(const SnPlanGraph *graph, const SnPlanNode *node) {
  int64_t bytes = 0;
  for (int i = 0; i < node->input_count; i++) bytes += bytes_of(&node->inputs[i]);
  for (int i = 0; i < node->output_count; i++) bytes += bytes_of(&node->outputs[i]);
  if (sn_node_is(node, SN_KERNEL_conv2d_fused) && node->inputs[SN_CONVOLUTION_PREPARED].value < 0) {
    const SnFusedConv2d *options = &node->attributes.fused_conv2d;
    int64_t weight = options->out * (options->in / options->conv2d.groups) * options->kernel[0] * options->kernel[1];
    bytes += (weight + (node->bias ? options->out : 0)) * (int64_t)sn_dtype_size(graph->dtype);
  }
  return bytes;
}

int64_t sn_node_cost(const SnPlanGraph *graph, const SnPlanNode *node) {
  enum { MACS_A_BYTE = 4 };
  return sn_node_macs(node) + MACS_A_BYTE * sn_node_bytes(graph, node);
}
