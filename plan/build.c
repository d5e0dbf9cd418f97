#include "plan/build.h"

#include <string.h>

#include "base/memory.h"

/* Memory that the trace's tensors have, and the value it is. */
typedef struct Place {
  const SnStorage *storage;
  int value;
} Place;

typedef struct Builder {
  SnPlanGraph *graph;
  Place *places;
  int64_t count, room;
} Builder;

static int find(const Builder *builder, const SnTensor *tensor) {
  for (int64_t i = builder->count - 1; i >= 0; i--)
    if (builder->places[i].storage == tensor->storage) return builder->places[i].value;
  return -1;
}

static int64_t elements_of(const SnTensor *tensor) {
  return (int64_t)(sn_storage_size(tensor->storage) / sn_dtype_size(tensor->array.dtype));
}

static int add_place(Builder *builder, SnPlanValueKind kind, const SnTensor *tensor) {
  int value = sn_graph_value(builder->graph, kind, tensor->array.dtype, elements_of(tensor));
  if (value >= 0 && builder->count < builder->room) builder->places[builder->count++] = (Place){tensor->storage, value};
  return value;
}

static SnPlanOperand constant(Builder *builder, SnTensor *tensor) {
  SnPlanGraph *graph = builder->graph;
  int value = sn_graph_value(graph, SN_PLAN_CONSTANT, tensor->array.dtype, sn_count(tensor));
  if (value < 0) return sn_operand_absent();
  graph->values[value].constant = sn_to_contiguous(sn_detach(tensor));
  return sn_operand_dense(graph, value, tensor->array.ndim, tensor->array.shape);
}

/* A tensor as the forward sees it. */
static SnPlanOperand operand_of(Builder *builder, SnTensor *tensor) {
  if (!tensor || !sn_ok()) return sn_operand_absent();
  int value = find(builder, tensor);
  if (value < 0) return constant(builder, tensor);
  const unsigned char *begin = sn_storage_data(tensor->storage), *data = tensor->array.data;
  return (SnPlanOperand){value, (data - begin) / (int64_t)sn_dtype_size(tensor->array.dtype), tensor->array};
}

static SnPlanOperand output_of(Builder *builder, SnTensor *tensor) {
  int value = add_place(builder, SN_PLAN_COMPUTED, tensor);
  return sn_operand_dense(builder->graph, value, tensor->array.ndim, tensor->array.shape);
}

static void append(Builder *builder, const SnPlanNode *node) {
  sn_graph_insert(builder->graph, builder->graph->node_count, node);
}

/* The tensor as contiguous memory: a copy of it where it is not. */
static SnPlanOperand dense_of(Builder *builder, SnTensor *tensor) {
  SnPlanOperand operand = operand_of(builder, tensor);
  if (operand.value < 0 || sn_array_is_contiguous(&operand.array)) return operand;
  SnPlanGraph *graph = builder->graph;
  int copy = sn_graph_value(graph, SN_PLAN_COMPUTED, operand.array.dtype, sn_array_count(&operand.array));
  SnPlanNode node = sn_node_elementwise(graph, SN_KERNEL_copy, -1, copy);
  node.inputs[0] = operand;
  node.outputs[0] = sn_operand_dense(graph, copy, operand.array.ndim, operand.array.shape);
  append(builder, &node);
  return node.outputs[0];
}

/* ---- one function for each kind of operation ---- */

typedef void (*Build)(Builder *builder, const SnRecord *record, int op);

static SnPlanNode node_for(const SnRecord *record, int op, int input_count, int output_count) {
  SnPlanNode node = {
      .op = op, .attributes = record->attributes, .input_count = input_count, .output_count = output_count};
  for (int i = 0; i < SN_MAX_INPUTS; i++) node.inputs[i] = sn_operand_absent();
  for (int i = 0; i < SN_MAX_OUTPUTS; i++) node.outputs[i] = sn_operand_absent();
  return node;
}

/* The tensors as they are, all contiguous. */
static void build_dense(Builder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, record->input_count, record->output_count);
  for (int i = 0; i < node.input_count; i++) node.inputs[i] = dense_of(builder, record->inputs[i]);
  for (int i = 0; i < node.output_count; i++) node.outputs[i] = output_of(builder, record->outputs[i]);
  append(builder, &node);
}

static void build_unary(Builder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 1, 1);
  node.inputs[0] = dense_of(builder, record->inputs[0]);
  node.outputs[0] = output_of(builder, record->outputs[0]);
  int64_t count = sn_array_count(&node.outputs[0].array), offset = node.inputs[0].offset;
  node.inputs[0] = sn_operand_dense(builder->graph, node.inputs[0].value, 1, &count);
  node.inputs[0].offset = offset;
  node.outputs[0] = sn_operand_dense(builder->graph, node.outputs[0].value, 1, &count);
  append(builder, &node);
}

static void broadcast(SnPlanOperand *operand, const SnArray *like) {
  SnArray wide = {.dtype = operand->array.dtype, .ndim = like->ndim};
  int added = like->ndim - operand->array.ndim;
  for (int d = 0; d < like->ndim; d++) {
    wide.shape[d] = like->shape[d];
    if (d >= added && operand->array.shape[d - added] == like->shape[d])
      wide.stride[d] = operand->array.stride[d - added];
  }
  operand->array = wide;
}

static void build_binary(Builder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 2, 1);
  const SnTensor *y = record->outputs[0];
  bool same = sn_same_shape(record->inputs[0], y) && sn_same_shape(record->inputs[1], y);
  for (int i = 0; i < 2; i++)
    node.inputs[i] = same ? dense_of(builder, record->inputs[i]) : operand_of(builder, record->inputs[i]);
  node.outputs[0] = output_of(builder, record->outputs[0]);
  for (int i = 0; i < 2; i++) broadcast(&node.inputs[i], &node.outputs[0].array);
  append(builder, &node);
}

static void build_reduction(Builder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 1, 1);
  node.inputs[0] = operand_of(builder, record->inputs[0]);
  node.outputs[0] = output_of(builder, record->outputs[1]);
  append(builder, &node);
}

static SnPlanOperand as_batch(SnPlanOperand operand, int64_t batch) {
  SnArray array = operand.array, wide = {.dtype = array.dtype, .ndim = 3};
  int first = array.ndim - 2;
  wide.shape[0] = batch;
  wide.stride[0] = first == 1 && array.shape[0] == batch ? array.stride[0] : 0;
  for (int d = 0; d < 2; d++) {
    wide.shape[1 + d] = array.shape[first + d];
    wide.stride[1 + d] = array.stride[first + d];
  }
  operand.array = wide;
  return operand;
}

static void build_matmul(Builder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 2, 1);
  const SnArray *y = &record->outputs[0]->array;
  int64_t batch = y->ndim == 3 ? y->shape[0] : 1;
  for (int i = 0; i < 2; i++) node.inputs[i] = as_batch(operand_of(builder, record->inputs[i]), batch);
  SnPlanOperand out = output_of(builder, record->outputs[0]);
  node.outputs[0] =
      sn_operand_dense(builder->graph, out.value, 3, (int64_t[]){batch, y->shape[y->ndim - 2], y->shape[y->ndim - 1]});
  append(builder, &node);
}

static bool is_constant(const Builder *builder, const SnTensor *tensor) { return !tensor || find(builder, tensor) < 0; }

static double *read_numbers(const SnTensor *tensor) {
  if (!tensor) return NULL;
  double *numbers = sn_scope_allocate(sn_count(tensor), sizeof *numbers, NULL);
  return numbers && sn_to_host(tensor, SN_FLOAT64, numbers) ? numbers : NULL;
}

static void build_convolution(Builder *builder, const SnRecord *record, int op) {
  SnTensor *x = record->inputs[0], *weight = record->inputs[1], *bias = record->inputs[2], *y = record->outputs[0];
  if (!is_constant(builder, weight) || !is_constant(builder, bias)) {
    build_dense(builder, record, op);
    return;
  }
  const int64_t *shape = weight->array.shape;
  SnFusedConv2d options = {
      .conv2d = record->attributes.conv2d, .in = x->array.shape[1], .out = shape[0], .kernel = {shape[2], shape[3]}};
  SnPlanOperand from = dense_of(builder, x), to = output_of(builder, y);
  SnPlanNode node = sn_node_convolution(builder->graph, from.value, x->array.shape, to.value, y->array.shape[2],
                                        y->array.shape[3], &options);
  node.inputs[SN_CONVOLUTION_X].offset = from.offset;
  node.weight = sn_to_contiguous(sn_detach(weight));
  node.bias = read_numbers(bias);
  append(builder, &node);
}

static void build_linear(Builder *builder, const SnRecord *record, int op) {
  SnTensor *x = record->inputs[0], *weight = record->inputs[1], *bias = record->inputs[2];
  int64_t out = weight->array.shape[0], in = weight->array.shape[1], rows = sn_count(record->outputs[0]) / out;
  SnPlanOperand from = dense_of(builder, x);
  SnPlanOperand to = output_of(builder, record->outputs[0]);
  if (is_constant(builder, weight) && is_constant(builder, bias)) {
    SnFusedConv2d options = {
        .conv2d = {.stride = {1, 1}, .dilation = {1, 1}, .groups = 1}, .in = in, .out = out, .kernel = {1, 1}};
    SnPlanNode node =
        sn_node_convolution(builder->graph, from.value, (int64_t[]){rows, in, 1, 1}, to.value, 1, 1, &options);
    node.inputs[SN_CONVOLUTION_X].offset = from.offset;
    node.weight = sn_to_contiguous(sn_detach(weight));
    if (node.weight) node.weight = sn_view(node.weight, 4, (int64_t[]){out, in, 1, 1}, (int64_t[]){in, 1, 1, 1}, 0);
    node.bias = read_numbers(bias);
    append(builder, &node);
    return;
  }
  SnPlanNode node = node_for(record, op, 3, 1);
  node.inputs[0] = sn_operand_dense(builder->graph, from.value, 2, (int64_t[]){rows, in});
  node.inputs[0].offset = from.offset;
  node.inputs[1] = operand_of(builder, weight);
  node.inputs[2] = dense_of(builder, bias);
  node.outputs[0] = sn_operand_dense(builder->graph, to.value, 2, (int64_t[]){rows, out});
  append(builder, &node);
}

static void build_batch_norm(Builder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 5, 3);
  for (int i = 0; i < 5; i++) node.inputs[i] = dense_of(builder, record->inputs[i]);
  for (int i = 0; i < 3; i++) node.outputs[i] = output_of(builder, record->outputs[i]);
  const int64_t *x = node.inputs[0].array.shape;
  int64_t shape[3] = {x[0], x[1], 1}, offset = node.inputs[0].offset;
  for (int d = 2; d < node.inputs[0].array.ndim; d++) shape[2] *= x[d];
  node.inputs[0] = sn_operand_dense(builder->graph, node.inputs[0].value, 3, shape);
  node.inputs[0].offset = offset;
  node.outputs[0] = sn_operand_dense(builder->graph, node.outputs[0].value, 3, shape);
  append(builder, &node);
}

static void build_cat(Builder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, record->input_count, 1);
  for (int i = 0; i < node.input_count; i++) node.inputs[i] = operand_of(builder, record->inputs[i]);
  node.outputs[0] = output_of(builder, record->outputs[0]);
  append(builder, &node);
}

/* Views are seen in the tensors that follow; only a reshape may have had to copy. */
static void build_view(Builder *builder, const SnRecord *record, int op) {
  const SnTensor *x = record->inputs[0], *y = record->outputs[0];
  if (y->storage == x->storage || is_constant(builder, x)) return;
  SnPlanNode node = node_for(record, op, 1, 1);
  node.inputs[0] = operand_of(builder, record->inputs[0]);
  SnPlanOperand out = output_of(builder, record->outputs[0]);
  node.outputs[0] = sn_operand_dense(builder->graph, out.value, x->array.ndim, x->array.shape);
  append(builder, &node);
}

/* clang-format off */
static const struct {
  const char *name;
  Build build;
  int op;
} rules[] = {
    {"conv2d", build_convolution, SN_KERNEL_conv2d},
    {"linear", build_linear, SN_KERNEL_linear},
    {"batch_norm", build_batch_norm, SN_KERNEL_batch_norm},
    {"relu", build_unary, SN_KERNEL_relu},
    {"leaky_relu", build_unary, SN_KERNEL_leaky_relu},
    {"add", build_binary, SN_KERNEL_add},
    {"sub", build_binary, SN_KERNEL_subtract},
    {"mul", build_binary, SN_KERNEL_multiply},
    {"div", build_binary, SN_KERNEL_divide},
    {"scale", build_unary, SN_KERNEL_affine},
    {"add_scalar", build_unary, SN_KERNEL_affine},
    {"neg", build_unary, SN_KERNEL_affine},
    {"exp", build_unary, SN_KERNEL_exp},
    {"log", build_unary, SN_KERNEL_log},
    {"sqrt", build_unary, SN_KERNEL_sqrt},
    {"abs", build_unary, SN_KERNEL_abs},
    {"sigmoid", build_unary, SN_KERNEL_sigmoid},
    {"clamp", build_unary, SN_KERNEL_clamp},
    {"sum", build_reduction, SN_KERNEL_sum},
    {"max", build_reduction, SN_KERNEL_max},
    {"matmul", build_matmul, SN_KERNEL_matmul},
    {"max_pool2d", build_dense, SN_KERNEL_max_pool2d},
    {"avg_pool2d", build_dense, SN_KERNEL_avg_pool2d},
    {"adaptive_avg_pool2d", build_dense, SN_KERNEL_adaptive_avg_pool2d},
    {"interpolate_bilinear", build_dense, SN_KERNEL_interpolate_bilinear},
    {"unfold", build_dense, SN_KERNEL_unfold},
    {"gaussian_blur2d", build_dense, SN_KERNEL_gaussian_blur2d},
    {"softmax", build_dense, SN_KERNEL_softmax},
    {"log_softmax", build_dense, SN_KERNEL_log_softmax},
    {"cat", build_cat, SN_PLAN_CAT},
    {"reshape", build_view, SN_KERNEL_copy},
    {"permute", build_view, SN_KERNEL_copy},
    {"narrow", build_view, SN_KERNEL_copy},
    {"expand", build_view, SN_KERNEL_copy},
};
/* clang-format on */

static void build_record(Builder *builder, const SnRecord *record) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (strcmp(rules[i].name, record->op->name) == 0) {
      rules[i].build(builder, record, rules[i].op);
      return;
    }
  sn_fail("a plan does not know the operation %s", record->op->name);
}

static void build_all(SnPlanGraph *graph, const SnTrace *trace, SnTensor *const *inputs, SnTensor *const *outputs) {
  Builder builder = {.graph = graph, .room = graph->input_count + SN_MAX_OUTPUTS * trace->count};
  builder.places = sn_scope_allocate(builder.room, sizeof *builder.places, NULL);
  if (!builder.places) return;
  sn_scope_enter(graph->scope);
  for (int i = 0; i < graph->input_count && sn_ok(); i++) {
    int value = add_place(&builder, SN_PLAN_INPUT, inputs[i]);
    if (value >= 0) graph->values[value].input = i;
    graph->inputs[i] = sn_operand_dense(graph, value, inputs[i]->array.ndim, inputs[i]->array.shape);
  }
  for (int64_t i = 0; i < trace->count && sn_ok(); i++) build_record(&builder, &trace->records[i]);
  for (int i = 0; i < graph->output_count && sn_ok(); i++) graph->outputs[i] = dense_of(&builder, outputs[i]);
  sn_scope_leave(graph->scope);
}

static bool check_inputs(int count, SnTensor *const *like) {
  if (!sn_ok()) return false;
  if (count < 1 || count > SN_PLAN_MOST_INPUTS)
    return sn_fail("a plan has 1 to %d inputs, not %d", SN_PLAN_MOST_INPUTS, count);
  for (int i = 0; i < count; i++) {
    const SnArray *array = &like[i]->array;
    if (!sn_is_floating(array->dtype) || array->dtype != like[0]->array.dtype ||
        sn_storage_backend(like[i]->storage) != sn_storage_backend(like[0]->storage))
      return sn_fail("a plan's inputs are floating-point tensors of one dtype on one device");
  }
  return true;
}

static void trace_and_build(SnPlanGraph *graph, SnForward forward, void *context, SnTensor *const *like) {
  SnTensor *inputs[SN_PLAN_MOST_INPUTS] = {NULL}, *outputs[SN_PLAN_MOST_OUTPUTS] = {NULL};
  for (int i = 0; i < graph->input_count; i++) inputs[i] = sn_empty_like(like[i]);
  SnTrace *trace = sn_trace_begin();
  if (!trace) return;
  graph->output_count = forward(context, inputs, outputs);
  if (graph->output_count < 1 || graph->output_count > SN_PLAN_MOST_OUTPUTS)
    sn_fail("a forward with %d outputs cannot be planned", graph->output_count);
  for (int i = 0; sn_ok() && i < graph->output_count; i++)
    if (!outputs[i]) sn_fail("the forward to be planned left its output %d empty", i);
  if (sn_trace_end(trace)) build_all(graph, trace, inputs, outputs);
  sn_trace_free(trace);
}

bool sn_graph_build(SnPlanGraph *graph, SnForward forward, void *context, int input_count, SnTensor *const *like) {
  if (!check_inputs(input_count, like)) return false;
  *graph = (SnPlanGraph){
      .backend = sn_storage_backend(like[0]->storage), .dtype = like[0]->array.dtype, .input_count = input_count};
  graph->scope = sn_scope_new();
  SnScope *scope = sn_scope_open();
  trace_and_build(graph, forward, context, like);
  sn_scope_close(scope);
  if (!sn_ok()) sn_graph_free(graph);
  return sn_ok();
}
