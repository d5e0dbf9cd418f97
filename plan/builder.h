/* A graph under construction: which value each traced tensor is. */
#ifndef SN_PLAN_BUILDER_H
#define SN_PLAN_BUILDER_H

#include "plan/graph.h"

/* Memory that the trace's tensors have, and the value it is. */
typedef struct SnTracedMemory {
  const SnStorage *storage;
  int value;
} SnTracedMemory;

typedef struct SnGraphBuilder {
  SnPlanGraph *graph;
  SnTracedMemory *places; /* [capacity], of which count are known */
  int64_t count, capacity;
} SnGraphBuilder;

/* The value that holds a tensor of the trace; -1: it is a constant. */
int sn_builder_find(const SnGraphBuilder *builder, const SnTensor *tensor);

/* A new value for the tensor's memory. */
int sn_builder_add(SnGraphBuilder *builder, SnPlanValueKind kind, const SnTensor *tensor);

/* A tensor as the forward sees it; absent for NULL. */
SnPlanOperand sn_builder_operand(SnGraphBuilder *builder, SnTensor *tensor);

/* The same as contiguous memory: a copy is made where it is not. */
SnPlanOperand sn_builder_dense(SnGraphBuilder *builder, SnTensor *tensor);

/* The value that an operation writes, in the tensor's shape. */
SnPlanOperand sn_builder_output(SnGraphBuilder *builder, SnTensor *tensor);

void sn_builder_append(SnGraphBuilder *builder, const SnPlanNode *node);

/* The nodes of one recorded operation; an error when it is not known. */
void sn_builder_add_record(SnGraphBuilder *builder, const SnRecord *record);

#endif
