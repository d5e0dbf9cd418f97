#ifndef SN_PLAN_BUILD_H
#define SN_PLAN_BUILD_H

#include "plan/graph.h"

/* A forward: makes outputs[0..n), at most SN_PLAN_MAX_OUTPUTS, of the inputs by operations (autograd/ops.h), and
 * returns n; 0 and an error on failure. Its weights are constants to a plan. */
typedef int (*SnForward)(void *context, SnTensor *const *inputs, SnTensor **outputs);

/* Traces the forward on inputs of the shapes, dtype and device of `like`, and writes it down. Constants still share
 * memory with the forward's tensors. */
bool sn_graph_build(SnPlanGraph *graph, SnForward forward, void *context, int input_count, SnTensor *const *like);

#endif
