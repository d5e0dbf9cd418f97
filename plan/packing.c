#include "plan/packing.h"

#include <string.h>

/* Bytes behind a value that convolutions may read. */
enum { BEHIND = 128 };

static SnFusedConv2d *options_of(SnPlanNode *node) { return &node->attributes.fused_conv2d; }

static bool is_packing(const SnPlanNode *node, SnConvolutionAlgorithm algorithm) {
  return sn_node_is(node, SN_KERNEL_conv2d_fused) && node->attributes.fused_conv2d.algorithm == algorithm;
}

static bool supports(const SnPlanGraph *graph, const SnPlanNode *node, const SnFusedConv2d *options) {
  return graph->backend->conv2d_supports(options, node->inputs[SN_CONVOLUTION_X].array.shape);
}

static bool is_same_quantization(SnQuantization a, SnQuantization b) {
  return memcmp(&a.scale, &b.scale, sizeof a.scale) == 0 && a.zero_point == b.zero_point;
}

/* Of a convolution whose result may be packed. */
typedef struct Readers {
  const SnPlanGraph *graph;
  SnConvolutionAlgorithm algorithm; /* of all of them */
  const SnPlanNode *multiplier;     /* the first that multiplies the result; NULL: none */
} Readers;

static bool may_be_packed(Readers *r, const SnPlanOperand *y);

static bool is_max_pooling(const SnPlanNode *node) {
  return sn_node_is(node, SN_KERNEL_max_pool2d) && node->outputs[1].value < 0; /* without indices */
}

static bool takes_packed(Readers *r, const SnPlanOperand *y, const SnPlanNode *reader, int input) {
  if (!sn_operands_are_same_whole(r->graph, &reader->inputs[input], y)) return false;
  if (is_max_pooling(reader)) return may_be_packed(r, &reader->outputs[0]);
  if (!is_packing(reader, r->algorithm) || (input != SN_CONVOLUTION_X && input != SN_CONVOLUTION_RESIDUAL))
    return false;
  SnFusedConv2d options = reader->attributes.fused_conv2d;
  options.x_packed |= input == SN_CONVOLUTION_X;
  options.residual_packed |= input == SN_CONVOLUTION_RESIDUAL;
  if (!supports(r->graph, reader, &options)) return false;
  if (input == SN_CONVOLUTION_RESIDUAL) return true;
  if (!r->multiplier) r->multiplier = reader;
  return is_same_quantization(r->multiplier->attributes.fused_conv2d.x_quantization, options.x_quantization);
}

/* Whether all that read y take it packed. */
static bool may_be_packed(Readers *r, const SnPlanOperand *y) {
  const SnPlanGraph *graph = r->graph;
  if (!sn_operand_is_whole(graph, y)) return false;
  for (int o = 0; o < graph->output_count; o++)
    if (graph->outputs[o].value == y->value) return false;
  for (int i = 0; i < graph->node_count; i++)
    for (int k = 0; k < graph->nodes[i].input_count; k++)
      if (graph->nodes[i].inputs[k].value == y->value && !takes_packed(r, y, &graph->nodes[i], k)) return false;
  return true;
}

static void pack_value(SnPlanGraph *graph, SnPlanOperand *y, bool is_int8, SnQuantization quantization) {
  SnPlanValue *value = &graph->values[y->value];
  const int64_t *shape = y->array.shape;
  SnDtype dtype = is_int8 ? SN_UINT8 : SN_BFLOAT16;
  int64_t unit = is_int8 ? 4 : 2, channels = (shape[1] + unit - 1) / unit * unit;
  y->array.dtype = value->dtype = dtype;
  value->count = shape[0] * channels * shape[2] * shape[3] + BEHIND / (int64_t)sn_dtype_size(dtype);
  for (int i = 0; i < graph->node_count; i++)
    for (int k = 0; k < graph->nodes[i].input_count; k++) {
      SnPlanNode *reader = &graph->nodes[i];
      if (reader->inputs[k].value != y->value) continue;
      reader->inputs[k].array.dtype = dtype;
      if (is_max_pooling(reader)) {
        reader->attributes.pool2d.packed = true;
        pack_value(graph, &reader->outputs[0], is_int8, quantization);
      } else if (k == SN_CONVOLUTION_X) {
        options_of(reader)->x_packed = true;
      } else {
        options_of(reader)->residual_packed = true;
        options_of(reader)->residual_quantization = quantization;
      }
    }
}

/* Where all that read the node's result are convolutions by the algorithm, or such behind a max pooling. */
static void pack_for(SnPlanGraph *graph, SnPlanNode *node, SnConvolutionAlgorithm algorithm) {
  bool is_int8 = algorithm == SN_CONVOLUTION_INT8;
  Readers r = {graph, algorithm, NULL};
  if (!is_packing(node, algorithm) && !(is_int8 && is_packing(node, SN_CONVOLUTION_BFLOAT16))) return;
  if (!may_be_packed(&r, &node->outputs[0]) || !r.multiplier) return;
  SnFusedConv2d options = node->attributes.fused_conv2d;
  options.y_packed = true;
  options.y_quantization = r.multiplier->attributes.fused_conv2d.x_quantization;
  if (!supports(graph, node, &options)) return;
  node->attributes.fused_conv2d = options;
  pack_value(graph, &node->outputs[0], is_int8, options.y_quantization);
}

void sn_graph_pack_channels(SnPlanGraph *graph) {
  for (int i = 0; i < graph->node_count; i++) {
    pack_for(graph, &graph->nodes[i], SN_CONVOLUTION_BFLOAT16);
    pack_for(graph, &graph->nodes[i], SN_CONVOLUTION_INT8);
  }
}
