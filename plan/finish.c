#include "plan/finish.h"

#include <stdlib.h>

#include "base/memory.h"
#include "plan/choices.h"
#include "plan/in_place.h"
#include "plan/input_ranges.h"
#include "plan/interpolated_residuals.h"
#include "plan/packing.h"

static SnPlanOperand constant_operand(SnPlanGraph *graph, SnTensor *tensor) {
  if (!tensor) return sn_operand_absent();
  int value = sn_graph_value(graph, SN_PLAN_CONSTANT, tensor->array.dtype, sn_count(tensor));
  if (value < 0) return sn_operand_absent();
  graph->values[value].constant = tensor;
  return sn_operand_dense(graph, value, tensor->array.ndim, tensor->array.shape);
}

/* In the innermost scope. */
static SnTensor *numbers_as_tensor(const SnPlanGraph *graph, int64_t count, const double *numbers) {
  SnTensor *tensor = sn_empty(graph->dtype, 1, &count);
  SnScope *scope = sn_scope_open();
  SnTensor *wide = tensor ? sn_from_host(SN_FLOAT64, 1, &count, numbers) : NULL;
  if (wide) sn_copy_into(tensor, wide);
  sn_scope_close(scope);
  return sn_ok() ? tensor : NULL;
}

/* Rows [first, first + count) of a weight, each an output's. */
static SnTensor *rows_of(const SnTensor *weight, int64_t first, int64_t count, int64_t row) {
  return sn_view(weight, 2, (int64_t[]){count, row}, (int64_t[]){row, 1}, first * row);
}

/* The weight with its scale, in the innermost scope: some rows at a time, since large ones would take twice their
 * memory in double precision. */
static SnTensor *scaled_weight(const SnPlanNode *node) {
  if (!node->scale) return node->weight;
  int64_t out = node->weight->array.shape[0], row = sn_count(node->weight) / out, rows = (1 << 18) / row + 1;
  SnTensor *scaled = sn_empty_like(node->weight);
  SnScope *scope = sn_scope_open();
  double *numbers = sn_scope_allocate(rows * row, sizeof *numbers, NULL);
  for (int64_t first = 0; first < out && sn_ok(); first += rows) {
    int64_t count = out - first < rows ? out - first : rows;
    if (!sn_to_host(rows_of(node->weight, first, count, row), SN_FLOAT64, numbers)) break;
    for (int64_t i = 0; i < count * row; i++) numbers[i] *= node->scale[first + i / row];
    SnTensor *wide = sn_from_host(SN_FLOAT64, SN_SHAPE(count, row), numbers);
    if (wide) sn_copy_into(rows_of(scaled, first, count, row), wide);
  }
  sn_scope_close(scope);
  return sn_ok() ? scaled : NULL;
}

/* ---- convolutions ---- */

static SnTensor *prepared_weight(const SnPlanGraph *graph, const SnFusedConv2d *options, SnTensor *weight) {
  int64_t count = graph->backend->conv2d_prepared_count(options);
  SnTensor *prepared = sn_empty(graph->dtype, 1, &count);
  SnAttributes attributes = {.fused_conv2d = *options};
  return sn_run_kernel(SN_KERNEL_conv2d_prepare, 1, &weight, 1, &prepared, &attributes) ? prepared : NULL;
}

static void choose(const SnPlanGraph *graph, SnPlanNode *node) {
  SnFusedConv2d *options = &node->attributes.fused_conv2d;
  options->algorithm = SN_CONVOLUTION_DIRECT;
  if (graph->dtype == SN_FLOAT32)
    options->algorithm = sn_choose_convolution(graph->backend, options, node->inputs[SN_CONVOLUTION_X].array.shape);
}

/* In 8 bits where a range of x is in use. */
static void choose_int8(const SnPlanGraph *graph, SnPlanNode *node) {
  SnFusedConv2d candidate = node->attributes.fused_conv2d;
  const SnInputRange *range = sn_input_range_in_use(node->weight);
  if (!range || graph->dtype != SN_FLOAT32) return;
  candidate.algorithm = SN_CONVOLUTION_INT8;
  candidate.x_quantization = sn_input_quantization(range);
  if (graph->backend->conv2d_supports(&candidate, node->inputs[SN_CONVOLUTION_X].array.shape))
    node->attributes.fused_conv2d = candidate;
}

static SnPlanOperand bias_of(SnPlanGraph *graph, const SnPlanNode *node) {
  int64_t out = node->attributes.fused_conv2d.out;
  return node->bias ? constant_operand(graph, numbers_as_tensor(graph, out, node->bias)) : sn_operand_absent();
}

/* The node that alone reads the convolution's result, if it is a linear map of its channels to one. */
static int tail_of(const SnPlanGraph *graph, const SnPlanNode *node) {
  int reader = sn_graph_only_reader(graph, node->outputs[0].value);
  if (reader < 0 || !sn_node_is_pointwise(&graph->nodes[reader])) return -1;
  const SnPlanNode *tail = &graph->nodes[reader];
  const SnPlanOperand *x = &tail->inputs[SN_CONVOLUTION_X];
  const SnFusedConv2d *options = &tail->attributes.fused_conv2d;
  bool is_plain = sn_node_is_linear(tail) && options->out == 1 && options->conv2d.groups == 1 && tail->weight &&
                  tail->inputs[SN_CONVOLUTION_GATE].value < 0;
  return is_plain && sn_operands_are_same_whole(graph, x, &node->outputs[0]) ? reader : -1;
}

/* The map's factors, and its bias. */
static SnTensor *tail_numbers(const SnPlanGraph *graph, const SnPlanNode *tail) {
  int64_t in = tail->attributes.fused_conv2d.in;
  SnTensor *weight = scaled_weight(tail), *numbers = NULL;
  double *values = sn_allocate(in + 1, sizeof *values, "a plan");
  if (weight && values && sn_to_host(weight, SN_FLOAT64, values)) {
    if (tail->bias) values[in] = tail->bias[0];
    numbers = numbers_as_tensor(graph, in + 1, values);
  }
  free(values);
  return numbers;
}

/* Where the backend can, the convolution computes that map as well, and its own result is not written at all. */
static void take_tail(SnPlanGraph *graph, SnPlanNode *node) {
  SnFusedConv2d options = node->attributes.fused_conv2d;
  int reader = tail_of(graph, node);
  options.tail = true;
  if (reader < 0 || !graph->backend->conv2d_supports(&options, node->inputs[SN_CONVOLUTION_X].array.shape)) return;
  node->inputs[SN_CONVOLUTION_TAIL] = constant_operand(graph, tail_numbers(graph, &graph->nodes[reader]));
  node->input_count = SN_CONVOLUTION_TAIL + 1;
  node->outputs[0] = graph->nodes[reader].outputs[0];
  node->attributes.fused_conv2d = options;
  sn_graph_remove(graph, reader);
}

static bool finish_convolution(SnPlanGraph *graph, SnPlanNode *node, SnTensor *weight) {
  choose(graph, node);
  choose_int8(graph, node);
  take_tail(graph, node);
  SnTensor *prepared = prepared_weight(graph, &node->attributes.fused_conv2d, weight);
  node->inputs[SN_CONVOLUTION_PREPARED] = constant_operand(graph, prepared);
  node->inputs[SN_CONVOLUTION_BIAS] = bias_of(graph, node);
  return sn_ok();
}

/* A convolution whose weight times the gate is made and prepared in every run. */
static bool finish_gated(SnPlanGraph *graph, int index, SnTensor *weight) {
  SnPlanNode convolution = graph->nodes[index];
  const SnFusedConv2d *options = &convolution.attributes.fused_conv2d;
  int64_t shape[] = {options->out, options->in, 1, 1};
  choose(graph, &convolution);
  int gated = sn_graph_value(graph, SN_PLAN_COMPUTED, graph->dtype, options->out * options->in);
  int prepared = sn_graph_value(graph, SN_PLAN_COMPUTED, graph->dtype, graph->backend->conv2d_prepared_count(options));
  SnPlanNode product = sn_node_elementwise(graph, SN_KERNEL_multiply, -1, gated);
  product.input_count = 2;
  product.inputs[0] = constant_operand(graph, sn_copy_of(weight));
  product.inputs[1] = product.outputs[0] = sn_operand_dense(graph, gated, 4, shape);
  product.inputs[1].value = convolution.inputs[SN_CONVOLUTION_GATE].value;
  product.inputs[1].array.stride[0] = 0;
  product.weight = convolution.weight;
  SnPlanNode prepare = sn_node_elementwise(graph, SN_KERNEL_conv2d_prepare, gated, prepared);
  prepare.inputs[0] = product.outputs[0];
  prepare.attributes = convolution.attributes;
  convolution.inputs[SN_CONVOLUTION_PREPARED] = prepare.outputs[0];
  convolution.inputs[SN_CONVOLUTION_BIAS] = bias_of(graph, &convolution);
  convolution.inputs[SN_CONVOLUTION_GATE] = sn_operand_absent();
  convolution.weight = NULL;
  graph->nodes[index] = product;
  return sn_graph_insert(graph, index + 1, &prepare) && sn_graph_insert(graph, index + 2, &convolution);
}

/* ---- linear maps of rows: images of one pixel ---- */

static bool is_of_rows(const SnPlanNode *node) {
  const SnArray *x = &node->inputs[SN_CONVOLUTION_X].array;
  return sn_node_is_pointwise(node) && node->attributes.fused_conv2d.conv2d.groups == 1 && x->shape[2] == 1 &&
         x->shape[3] == 1;
}

/* Whether a backend's way with rows is taken where there is one: behind layer norms and attention, and behind what they
 * led to. Elsewhere rows go to the kernel that a training step computes them by, and have its bits. */
static bool is_of_tokens(const SnPlanGraph *graph, const SnPlanNode *node) {
  const SnPlanOperand *x = &node->inputs[SN_CONVOLUTION_X];
  int producer = sn_graph_producer(graph, x->value);
  if (producer < 0) return false;
  const SnPlanNode *before = &graph->nodes[producer];
  return sn_node_is(before, SN_KERNEL_layer_norm) || sn_node_is(before, SN_KERNEL_attention) ||
         (sn_node_is(before, SN_KERNEL_conv2d_fused) &&
          before->attributes.fused_conv2d.algorithm == SN_CONVOLUTION_ROWS);
}

static bool takes_rows(const SnPlanGraph *graph, const SnPlanNode *node) {
  const SnFusedConv2d *options = &node->attributes.fused_conv2d;
  return graph->dtype == SN_FLOAT32 && is_of_tokens(graph, node) &&
         graph->backend->conv2d_choose(options, node->inputs[SN_CONVOLUTION_X].array.shape) == SN_CONVOLUTION_ROWS;
}

/* A further value of the node's result's size, which it writes instead. */
static int result_between(SnPlanGraph *graph, SnPlanNode *node) {
  SnPlanOperand *result = &node->outputs[0];
  int value = sn_graph_value(graph, SN_PLAN_COMPUTED, result->array.dtype, sn_array_count(&result->array));
  result->value = value;
  return value;
}

/* The linear layer at `index`, then an addition and an activation where the node had them. */
static bool finish_rows(SnPlanGraph *graph, int index, SnTensor *weight) {
  SnPlanNode map = graph->nodes[index], linear = map;
  const SnFusedConv2d *options = &map.attributes.fused_conv2d;
  int64_t rows = map.inputs[0].array.shape[0], offset = map.inputs[0].offset, count = rows * options->out;
  int y = map.outputs[0].value;
  linear.op = SN_KERNEL_linear;
  linear.input_count = 3;
  linear.inputs[0] = sn_operand_dense(graph, map.inputs[0].value, 2, (int64_t[]){rows, options->in});
  linear.inputs[0].offset = offset;
  SnTensor *matrix = sn_copy_of(weight);
  linear.inputs[1] = constant_operand(graph, matrix);
  linear.inputs[1] = sn_operand_dense(graph, linear.inputs[1].value, 2, (int64_t[]){options->out, options->in});
  linear.inputs[2] =
      map.bias ? constant_operand(graph, numbers_as_tensor(graph, options->out, map.bias)) : sn_operand_absent();
  linear.inputs[3] = sn_operand_absent();
  linear.outputs[0] = sn_operand_dense(graph, y, 2, (int64_t[]){rows, options->out});
  SnPlanNode *last = &linear, add, activation;
  bool with_residual = map.inputs[SN_CONVOLUTION_RESIDUAL].value >= 0;
  bool with_activation = options->activation != SN_ACTIVATION_NONE;
  if (with_residual) {
    add = sn_node_elementwise(graph, SN_KERNEL_add, result_between(graph, last), y);
    add.input_count = 2;
    add.inputs[1] = sn_operand_dense(graph, map.inputs[SN_CONVOLUTION_RESIDUAL].value, 1, &count);
    last = &add;
  }
  if (with_activation) {
    activation = sn_node_elementwise(graph, sn_activation_kernel(options->activation), result_between(graph, last), y);
    activation.attributes.leaky_relu.slope = options->slope;
  }
  graph->nodes[index] = linear;
  if (with_residual) sn_graph_insert(graph, ++index, &add);
  if (with_activation) sn_graph_insert(graph, ++index, &activation);
  return sn_ok();
}

/* ---- concatenations ---- */

static bool finish_cat(SnPlanGraph *graph, int index) {
  SnPlanNode cat = graph->nodes[index];
  int dim = cat.attributes.narrow.dim;
  const SnPlanOperand *whole = &cat.outputs[0];
  int64_t start = 0;
  sn_graph_remove(graph, index);
  for (int i = 0; i < cat.input_count; i++) {
    SnPlanNode copy = sn_node_elementwise(graph, SN_KERNEL_copy, -1, -1);
    copy.inputs[0] = cat.inputs[i];
    copy.outputs[0] = *whole;
    copy.outputs[0].array.shape[dim] = cat.inputs[i].array.shape[dim];
    copy.outputs[0].offset = start * whole->array.stride[dim];
    start += cat.inputs[i].array.shape[dim];
    if (!sn_graph_insert(graph, index + i, &copy)) return false;
  }
  return true;
}

/* ---- outputs ---- */

/* A value that is computed, read by the caller as it is, and is no other output. */
static bool is_presentable(const SnPlanGraph *graph, int output) {
  const SnPlanOperand *operand = &graph->outputs[output];
  for (int i = 0; i < output; i++)
    if (graph->outputs[i].value == operand->value) return false;
  return sn_operand_is_whole(graph, operand) && graph->values[operand->value].kind == SN_PLAN_COMPUTED;
}

static bool finish_output(SnPlanGraph *graph, int output) {
  SnPlanOperand *operand = &graph->outputs[output];
  if (is_presentable(graph, output)) return true;
  SnDtype dtype = graph->values[operand->value].dtype;
  int value = sn_graph_value(graph, SN_PLAN_COMPUTED, dtype, sn_array_count(&operand->array));
  if (value < 0) return false;
  SnPlanNode copy = sn_node_elementwise(graph, SN_KERNEL_copy, -1, -1);
  copy.inputs[0] = *operand;
  *operand = copy.outputs[0] = sn_operand_dense(graph, value, operand->array.ndim, operand->array.shape);
  return sn_graph_insert(graph, graph->node_count, &copy);
}

static bool finish_node(SnPlanGraph *graph, int index) {
  SnPlanNode *node = &graph->nodes[index];
  if (node->op == SN_PLAN_CAT) return finish_cat(graph, index);
  if (!sn_node_is(node, SN_KERNEL_conv2d_fused) || !node->weight) return true;
  SnScope *passing = sn_scope_open(); /* a scaled weight is not kept: one at a time exists beside its prepared form */
  SnTensor *weight = scaled_weight(node);
  sn_scope_suspend(passing);
  if (weight && node->inputs[SN_CONVOLUTION_GATE].value >= 0)
    finish_gated(graph, index, weight);
  else if (weight && is_of_rows(node) && !takes_rows(graph, node))
    finish_rows(graph, index, weight);
  else if (weight)
    finish_convolution(graph, node, weight);
  sn_scope_close(passing);
  if (sn_ok()) sn_empty_out(graph->nodes[index].weight); /* which may have been the last to hold it */
  sn_storage_trim();                                     /* what passed by is of no use to what follows */
  graph->nodes[index].weight = NULL;
  graph->nodes[index].scale = graph->nodes[index].bias = NULL;
  return sn_ok();
}

bool sn_graph_finish(SnPlanGraph *graph) {
  if (!sn_ok()) return false;
  SnScope *building = graph->scope;
  graph->scope = sn_scope_new();
  sn_scope_enter(graph->scope);
  for (int i = 0; i < graph->output_count && sn_ok(); i++) finish_output(graph, i);
  int shared = graph->value_count; /* constants up to here may be the forward's own */
  for (int i = 0; i < graph->node_count && sn_ok(); i++) finish_node(graph, i);
  sn_graph_interpolate_residuals(graph);
  sn_graph_pack_channels(graph);
  sn_graph_write_in_place(graph);
  for (int v = 0; v < shared && sn_ok(); v++) {
    SnPlanValue *value = &graph->values[v];
    if (value->constant) value->constant = sn_graph_uses(graph, v) > 0 ? sn_copy_of(value->constant) : NULL;
  }
  sn_scope_leave(graph->scope);
  sn_scope_free(building);
  sn_storage_trim();
  return sn_ok();
}
