#include "plan/builder.h"

int sn_builder_find(const SnGraphBuilder *builder, const SnTensor *tensor) {
  for (int64_t i = builder->count - 1; i >= 0; i--)
    if (builder->places[i].storage == tensor->storage) return builder->places[i].value;
  return -1;
}

static int64_t elements_of(const SnTensor *tensor) {
  return (int64_t)(sn_storage_size(tensor->storage) / sn_dtype_size(tensor->array.dtype));
}

int sn_builder_add(SnGraphBuilder *builder, SnPlanValueKind kind, const SnTensor *tensor) {
  int value = sn_graph_value(builder->graph, kind, tensor->array.dtype, elements_of(tensor));
  if (value >= 0 && builder->count < builder->capacity)
    builder->places[builder->count++] = (SnTracedMemory){tensor->storage, value};
  return value;
}

static SnPlanOperand constant(SnGraphBuilder *builder, SnTensor *tensor) {
  SnPlanGraph *graph = builder->graph;
  int value = sn_graph_value(graph, SN_PLAN_CONSTANT, tensor->array.dtype, sn_count(tensor));
  if (value < 0) return sn_operand_absent();
  graph->values[value].constant = sn_to_contiguous(sn_detach(tensor));
  return sn_operand_dense(graph, value, tensor->array.ndim, tensor->array.shape);
}

SnPlanOperand sn_builder_operand(SnGraphBuilder *builder, SnTensor *tensor) {
  if (!tensor || !sn_ok()) return sn_operand_absent();
  int value = sn_builder_find(builder, tensor);
  if (value < 0) return constant(builder, tensor);
  const unsigned char *begin = sn_storage_data(tensor->storage), *data = tensor->array.data;
  return (SnPlanOperand){value, (data - begin) / (int64_t)sn_dtype_size(tensor->array.dtype), tensor->array};
}

SnPlanOperand sn_builder_output(SnGraphBuilder *builder, SnTensor *tensor) {
  int value = sn_builder_add(builder, SN_PLAN_COMPUTED, tensor);
  return sn_operand_dense(builder->graph, value, tensor->array.ndim, tensor->array.shape);
}

void sn_builder_append(SnGraphBuilder *builder, const SnPlanNode *node) {
  sn_graph_insert(builder->graph, builder->graph->node_count, node);
}

SnPlanOperand sn_builder_dense(SnGraphBuilder *builder, SnTensor *tensor) {
  SnPlanOperand operand = sn_builder_operand(builder, tensor);
  if (operand.value < 0 || sn_array_is_contiguous(&operand.array)) return operand;
  SnPlanGraph *graph = builder->graph;
  int copy = sn_graph_value(graph, SN_PLAN_COMPUTED, operand.array.dtype, sn_array_count(&operand.array));
  SnPlanNode node = sn_node_elementwise(graph, SN_KERNEL_copy, -1, copy);
  node.inputs[0] = operand;
  node.outputs[0] = sn_operand_dense(graph, copy, operand.array.ndim, operand.array.shape);
  sn_builder_append(builder, &node);
  return node.outputs[0];
}
