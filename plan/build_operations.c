/* What each recorded operation becomes in a graph: one function for each kind. */
#include "plan/builder.h"

typedef void (*Build)(SnGraphBuilder *builder, const SnRecord *record, int op);

static SnPlanNode node_for(const SnRecord *record, int op, int input_count, int output_count) {
  SnPlanNode node = {
      .op = op, .attributes = record->attributes, .input_count = input_count, .output_count = output_count};
  for (int i = 0; i < SN_MAX_INPUTS; i++) node.inputs[i] = sn_operand_absent();
  for (int i = 0; i < SN_MAX_OUTPUTS; i++) node.outputs[i] = sn_operand_absent();
  return node;
}

/* The tensors as they are, all contiguous, and the first output, since only a gradient needs the others. */
static void build_dense(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, record->input_count, 1);
  for (int i = 0; i < node.input_count; i++) node.inputs[i] = sn_builder_dense(builder, record->inputs[i]);
  node.outputs[0] = sn_builder_output(builder, record->outputs[0]);
  sn_builder_append(builder, &node);
}

static void build_strided(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, record->input_count, 1);
  for (int i = 0; i < node.input_count; i++) node.inputs[i] = sn_builder_operand(builder, record->inputs[i]);
  node.outputs[0] = sn_builder_output(builder, record->outputs[0]);
  sn_builder_append(builder, &node);
}

static void build_elementwise(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 1, 1);
  node.inputs[0] = sn_builder_dense(builder, record->inputs[0]);
  node.outputs[0] = sn_builder_output(builder, record->outputs[0]);
  int64_t count = sn_array_count(&node.outputs[0].array), offset = node.inputs[0].offset;
  node.inputs[0] = sn_operand_dense(builder->graph, node.inputs[0].value, 1, &count);
  node.inputs[0].offset = offset;
  node.outputs[0] = sn_operand_dense(builder->graph, node.outputs[0].value, 1, &count);
  node.is_elementwise = true;
  sn_builder_append(builder, &node);
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

static void build_binary(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 2, 1);
  const SnTensor *y = record->outputs[0];
  bool same = sn_same_shape(record->inputs[0], y) && sn_same_shape(record->inputs[1], y);
  for (int i = 0; i < 2; i++)
    node.inputs[i] =
        same ? sn_builder_dense(builder, record->inputs[i]) : sn_builder_operand(builder, record->inputs[i]);
  node.outputs[0] = sn_builder_output(builder, record->outputs[0]);
  for (int i = 0; i < 2; i++) broadcast(&node.inputs[i], &node.outputs[0].array);
  sn_builder_append(builder, &node);
}

static void build_reduction(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 1, 1);
  node.inputs[0] = sn_builder_operand(builder, record->inputs[0]);
  node.outputs[0] = sn_builder_output(builder, record->outputs[1]);
  sn_builder_append(builder, &node);
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

static void build_matmul(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 2, 1);
  const SnArray *y = &record->outputs[0]->array;
  int64_t batch = y->ndim == 3 ? y->shape[0] : 1;
  for (int i = 0; i < 2; i++) node.inputs[i] = as_batch(sn_builder_operand(builder, record->inputs[i]), batch);
  SnPlanOperand out = sn_builder_output(builder, record->outputs[0]);
  node.outputs[0] =
      sn_operand_dense(builder->graph, out.value, 3, (int64_t[]){batch, y->shape[y->ndim - 2], y->shape[y->ndim - 1]});
  sn_builder_append(builder, &node);
}

static bool is_constant(const SnGraphBuilder *builder, const SnTensor *tensor) {
  return !tensor || sn_builder_find(builder, tensor) < 0;
}

static double *read_numbers(const SnTensor *tensor) {
  if (!tensor) return NULL;
  double *numbers = sn_scope_allocate(sn_count(tensor), sizeof *numbers, NULL);
  return numbers && sn_to_host(tensor, SN_FLOAT64, numbers) ? numbers : NULL;
}

static void build_convolution(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnTensor *x = record->inputs[0], *weight = record->inputs[1], *bias = record->inputs[2], *y = record->outputs[0];
  if (!is_constant(builder, weight) || !is_constant(builder, bias)) {
    build_dense(builder, record, op);
    return;
  }
  const int64_t *shape = weight->array.shape;
  SnFusedConv2d options = {
      .conv2d = record->attributes.conv2d, .in = x->array.shape[1], .out = shape[0], .kernel = {shape[2], shape[3]}};
  SnPlanOperand from = sn_builder_dense(builder, x), to = sn_builder_output(builder, y);
  SnPlanNode node = sn_node_convolution(builder->graph, from.value, x->array.shape, to.value, y->array.shape[2],
                                        y->array.shape[3], &options);
  node.inputs[SN_CONVOLUTION_X].offset = from.offset;
  node.weight = sn_to_contiguous(sn_detach(weight));
  node.bias = read_numbers(bias);
  sn_builder_append(builder, &node);
}

static void build_linear(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnTensor *x = record->inputs[0], *weight = record->inputs[1], *bias = record->inputs[2];
  int64_t out = weight->array.shape[0], in = weight->array.shape[1], rows = sn_count(record->outputs[0]) / out;
  SnPlanOperand from = sn_builder_dense(builder, x);
  SnPlanOperand to = sn_builder_output(builder, record->outputs[0]);
  if (is_constant(builder, weight) && is_constant(builder, bias)) {
    SnFusedConv2d options = {
        .conv2d = {.stride = {1, 1}, .dilation = {1, 1}, .groups = 1}, .in = in, .out = out, .kernel = {1, 1}};
    SnPlanNode node =
        sn_node_convolution(builder->graph, from.value, (int64_t[]){rows, in, 1, 1}, to.value, 1, 1, &options);
    node.inputs[SN_CONVOLUTION_X].offset = from.offset;
    node.weight = sn_to_contiguous(sn_detach(weight));
    if (node.weight) node.weight = sn_view(node.weight, 4, (int64_t[]){out, in, 1, 1}, (int64_t[]){in, 1, 1, 1}, 0);
    node.bias = read_numbers(bias);
    sn_builder_append(builder, &node);
    return;
  }
  SnPlanNode node = node_for(record, op, 3, 1);
  node.inputs[0] = sn_operand_dense(builder->graph, from.value, 2, (int64_t[]){rows, in});
  node.inputs[0].offset = from.offset;
  node.inputs[1] = sn_builder_operand(builder, weight);
  node.inputs[2] = sn_builder_dense(builder, bias);
  node.outputs[0] = sn_operand_dense(builder->graph, to.value, 2, (int64_t[]){rows, out});
  sn_builder_append(builder, &node);
}

static void build_batch_norm(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 5, 3);
  for (int i = 0; i < 5; i++) node.inputs[i] = sn_builder_dense(builder, record->inputs[i]);
  for (int i = 0; i < 3; i++) node.outputs[i] = sn_builder_output(builder, record->outputs[i]);
  const int64_t *x = node.inputs[0].array.shape;
  int64_t shape[3] = {x[0], x[1], 1}, offset = node.inputs[0].offset;
  for (int d = 2; d < node.inputs[0].array.ndim; d++) shape[2] *= x[d];
  node.inputs[0] = sn_operand_dense(builder->graph, node.inputs[0].value, 3, shape);
  node.inputs[0].offset = offset;
  node.outputs[0] = sn_operand_dense(builder->graph, node.outputs[0].value, 3, shape);
  sn_builder_append(builder, &node);
}

/* The kernel normalises the middle dimension of three. */
static void build_layer_norm(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, 3, 1);
  for (int i = 0; i < 3; i++) node.inputs[i] = sn_builder_dense(builder, record->inputs[i]);
  node.outputs[0] = sn_builder_output(builder, record->outputs[0]);
  const SnArray *x = &record->inputs[0]->array;
  int64_t channels = x->shape[x->ndim - 1], shape[3] = {channels ? sn_array_count(x) / channels : 0, channels, 1};
  int64_t offset = node.inputs[0].offset;
  node.inputs[0] = sn_operand_dense(builder->graph, node.inputs[0].value, 3, shape);
  node.inputs[0].offset = offset;
  node.outputs[0] = sn_operand_dense(builder->graph, node.outputs[0].value, 3, shape);
  sn_builder_append(builder, &node);
}

static void build_cat(SnGraphBuilder *builder, const SnRecord *record, int op) {
  SnPlanNode node = node_for(record, op, record->input_count, 1);
  for (int i = 0; i < node.input_count; i++) node.inputs[i] = sn_builder_operand(builder, record->inputs[i]);
  node.outputs[0] = sn_builder_output(builder, record->outputs[0]);
  sn_builder_append(builder, &node);
}

/* Views are seen in the tensors that follow; only a reshape may have had to copy, which no kernel has done yet. */
static void build_view(SnGraphBuilder *builder, const SnRecord *record, int op) {
  const SnTensor *x = record->inputs[0], *y = record->outputs[0];
  if (y->storage == x->storage) return;
  SnPlanNode node = node_for(record, op, 1, 1);
  node.inputs[0] = sn_builder_operand(builder, record->inputs[0]);
  SnPlanOperand out = sn_builder_output(builder, record->outputs[0]);
  node.outputs[0] = sn_operand_dense(builder->graph, out.value, x->array.ndim, x->array.shape);
  sn_builder_append(builder, &node);
}

void sn_builder_add_record(SnGraphBuilder *builder, const SnRecord *record) {
  static const Build builds[SN_OP_KIND_COUNT] = {
      /* no trace holds SN_OP_TRAINING */
      [SN_OP_DENSE] = build_dense,
      [SN_OP_ELEMENTWISE] = build_elementwise,
      [SN_OP_BINARY] = build_binary,
      [SN_OP_REDUCTION] = build_reduction,
      [SN_OP_VIEW] = build_view,
      [SN_OP_CONVOLUTION] = build_convolution,
      [SN_OP_LINEAR] = build_linear,
      [SN_OP_BATCH_NORM] = build_batch_norm,
      [SN_OP_MATMUL] = build_matmul,
      [SN_OP_CAT] = build_cat,
      [SN_OP_LAYER_NORM] = build_layer_norm,
      [SN_OP_STRIDED] = build_strided,
  };
  const SnOp *op = record->op;
  builds[op->kind](builder, record, op->kind == SN_OP_CAT ? SN_PLAN_CAT : (int)op->kernel);
}
