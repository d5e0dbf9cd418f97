#include "plan/packing.h"

#include <string.h>

/* Bytes behind a value that convolutions may read. */
enum { BEHIND = 128 };

static SnFusedConv2d *options_of(SnPlanNode *node) { return &node->attributes.fused_conv2d; }

static bool is_packing(const SnPlanNode *node, SnConvolutionAlgorithm algorithm) {
  return sn_node_is(node, SN_KERNEL_conv2d_fused) && node->attributes.fused_conv2d.algorithm == algorithm;
}

static bool supports(const SnPlanGraph *graph, const SnPlanNode *node, int input, bool y_packed) {
  SnFusedConv2d options = node->attributes.fused_conv2d;
  options.x_packed |= input == SN_CONVOLUTION_X;
  options.residual_packed |= input == SN_CONVOLUTION_RESIDUAL;
  options.y_packed |= y_packed;
  return graph->backend->conv2d_supports(&options, node->inputs[SN_CONVOLUTION_X].array.shape);
}

static bool is_same_whole(const SnPlanGraph *graph, const SnPlanOperand *a, const SnPlanOperand *b) {
  return sn_operand_is_whole(graph, a) && sn_operand_is_whole(graph, b) && a->array.ndim == b->array.ndim &&
         memcmp(a->array.shape, b->array.shape, (size_t)a->array.ndim * sizeof *a->array.shape) == 0;
}

static bool is_same_quantization(SnQuantization a, SnQuantization b) {
  return memcmp(&a.scale, &b.scale, sizeof a.scale) == 0 && a.zero_point == b.zero_point;
}

/* A convolution whose result may be packed. */
typedef struct Producer {
  const SnPlanGraph *graph;
  const SnPlanNode *node;
  SnConvolutionAlgorithm algorithm;
  const SnPlanNode *multiplier; /* the first that multiplies the result; NULL: none */
} Producer;

static bool takes_packed(Producer *p, const SnPlanNode *reader, int input) {
  const SnPlanOperand *x = &reader->inputs[input];
  if (!is_packing(reader, p->algorithm) || (input != SN_CONVOLUTION_X && input != SN_CONVOLUTION_RESIDUAL) ||
      !is_same_whole(p->graph, x, &p->node->outputs[0]) || !supports(p->graph, reader, input, false))
    return false;
  if (input == SN_CONVOLUTION_RESIDUAL) return true;
  if (!p->multiplier) p->multiplier = reader;
  return is_same_quantization(p->multiplier->attributes.fused_conv2d.x_quantization,
                              reader->attributes.fused_conv2d.x_quantization);
}

static bool is_for_products(Producer *p) {
  const SnPlanGraph *graph = p->graph;
  int value = p->node->outputs[0].value;
  if (!is_packing(p->node, p->algorithm) || !supports(graph, p->node, -1, true)) return false;
  for (int o = 0; o < graph->output_count; o++)
    if (graph->outputs[o].value == value) return false;
  for (int i = 0; i < graph->node_count; i++)
    for (int k = 0; k < graph->nodes[i].input_count; k++)
      if (graph->nodes[i].inputs[k].value == value && !takes_packed(p, &graph->nodes[i], k)) return false;
  return p->multiplier != NULL;
}

static void pack(SnPlanGraph *graph, SnPlanNode *node, SnConvolutionAlgorithm algorithm, SnQuantization quantization) {
  SnPlanOperand *y = &node->outputs[0];
  SnPlanValue *value = &graph->values[y->value];
  const int64_t *shape = y->array.shape;
  bool is_int8 = algorithm == SN_CONVOLUTION_INT8;
  SnDtype dtype = is_int8 ? SN_UINT8 : SN_BFLOAT16;
  int64_t unit = is_int8 ? 4 : 2, channels = (shape[1] + unit - 1) / unit * unit;
  for (int i = 0; i < graph->node_count; i++)
    for (int k = 0; k < graph->nodes[i].input_count; k++) {
      SnPlanOperand *x = &graph->nodes[i].inputs[k];
      if (x->value != y->value) continue;
      x->array.dtype = dtype;
      if (k == SN_CONVOLUTION_X) options_of(&graph->nodes[i])->x_packed = true;
      if (k != SN_CONVOLUTION_RESIDUAL) continue;
      options_of(&graph->nodes[i])->residual_packed = true;
      options_of(&graph->nodes[i])->residual_quantization = quantization;
    }
  options_of(node)->y_packed = true;
  options_of(node)->y_quantization = quantization;
  y->array.dtype = value->dtype = dtype;
  value->count = shape[0] * channels * shape[2] * shape[3] + BEHIND / (int64_t)sn_dtype_size(dtype);
}

void sn_graph_pack_channels(SnPlanGraph *graph) {
  static const SnConvolutionAlgorithm algorithms[] = {SN_CONVOLUTION_BFLOAT16, SN_CONVOLUTION_INT8};
  for (int i = 0; i < graph->node_count; i++)
    for (int a = 0; a < 2; a++) {
      Producer p = {graph, &graph->nodes[i], algorithms[a], NULL};
      if (is_for_products(&p))
        pack(graph, &graph->nodes[i], algorithms[a], options_of((SnPlanNode *)p.multiplier)->x_quantization);
    }
}
