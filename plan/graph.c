#include "plan/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void sn_graph_free(SnPlanGraph *graph) {
  sn_scope_free(graph->scope);
  free(graph->values);
  free(graph->nodes);
  *graph = (SnPlanGraph){0};
}

static void *grow(void *items, int count, int *capacity, size_t size) {
  if (count < *capacity) return items;
  int larger = *capacity > 0 ? 2 * *capacity : 64;
  void *grown = sn_resize(items, larger, size, "a plan");
  if (grown) *capacity = larger;
  return grown;
}

int sn_graph_value(SnPlanGraph *graph, SnPlanValueKind kind, SnDtype dtype, int64_t count) {
  if (!sn_ok()) return -1;
  SnPlanValue *values = grow(graph->values, graph->value_count, &graph->value_capacity, sizeof *values);
  if (!values) return -1;
  graph->values = values;
  values[graph->value_count] = (SnPlanValue){.kind = kind, .dtype = dtype, .count = count};
  return graph->value_count++;
}

bool sn_graph_insert(SnPlanGraph *graph, int index, const SnPlanNode *node) {
  if (!sn_ok()) return false;
  SnPlanNode copy = *node; /* it may be in the array that is about to move */
  SnPlanNode *nodes = grow(graph->nodes, graph->node_count, &graph->node_capacity, sizeof *nodes);
  if (!nodes) return false;
  graph->nodes = nodes;
  memmove(nodes + index + 1, nodes + index, (size_t)(graph->node_count - index) * sizeof *nodes);
  nodes[index] = copy;
  graph->node_count++;
  return true;
}

void sn_graph_remove(SnPlanGraph *graph, int index) {
  graph->node_count--;
  memmove(graph->nodes + index, graph->nodes + index + 1, (size_t)(graph->node_count - index) * sizeof *graph->nodes);
}

int sn_graph_producer(const SnPlanGraph *graph, int value) {
  for (int i = 0; i < graph->node_count; i++)
    for (int o = 0; o < graph->nodes[i].output_count; o++)
      if (graph->nodes[i].outputs[o].value == value) return i;
  return -1;
}

static int read_count(const SnPlanGraph *graph, int value, int *reader) {
  int uses = 0;
  for (int i = 0; i < graph->node_count; i++)
    for (int k = 0; k < graph->nodes[i].input_count; k++)
      if (graph->nodes[i].inputs[k].value == value) {
        uses++;
        *reader = i;
      }
  for (int o = 0; o < graph->output_count; o++)
    if (graph->outputs[o].value == value) {
      uses++;
      *reader = -1;
    }
  return uses;
}

int sn_graph_uses(const SnPlanGraph *graph, int value) {
  int reader;
  return read_count(graph, value, &reader);
}

int sn_graph_only_reader(const SnPlanGraph *graph, int value) {
  int reader = -1;
  return read_count(graph, value, &reader) == 1 ? reader : -1;
}

void sn_graph_replace(SnPlanGraph *graph, int old, int replacement) {
  for (int i = 0; i < graph->node_count; i++)
    for (int k = 0; k < graph->nodes[i].input_count; k++)
      if (graph->nodes[i].inputs[k].value == old) graph->nodes[i].inputs[k].value = replacement;
  for (int o = 0; o < graph->output_count; o++)
    if (graph->outputs[o].value == old) graph->outputs[o].value = replacement;
}

SnPlanOperand sn_operand_absent(void) { return (SnPlanOperand){.value = -1}; }

SnPlanOperand sn_operand_dense(const SnPlanGraph *graph, int value, int ndim, const int64_t *shape) {
  SnPlanOperand operand = {.value = value, .array = {.ndim = ndim}};
  if (value >= 0) operand.array.dtype = graph->values[value].dtype;
  int64_t step = 1;
  for (int d = ndim - 1; d >= 0; d--) {
    operand.array.shape[d] = shape[d];
    operand.array.stride[d] = step;
    step *= shape[d];
  }
  return operand;
}

bool sn_operand_is_whole(const SnPlanGraph *graph, const SnPlanOperand *operand) {
  return operand->value >= 0 && operand->offset == 0 && sn_array_is_contiguous(&operand->array) &&
         sn_array_count(&operand->array) == graph->values[operand->value].count;
}

bool sn_operands_are_same_whole(const SnPlanGraph *graph, const SnPlanOperand *a, const SnPlanOperand *b) {
  return a->value == b->value && sn_operand_is_whole(graph, a) && sn_operand_is_whole(graph, b) &&
         a->array.ndim == b->array.ndim &&
         memcmp(a->array.shape, b->array.shape, (size_t)a->array.ndim * sizeof *a->array.shape) == 0;
}
