#ifndef SN_PLAN_BUILD_H
#define SN_PLAN_BUILD_H

#include "plan/graph.h"

/* A forward: fills in outputs[0..n) from the input by operations (autograd/ops.h). Its weights are constants. False and
 * an error on failure. */
typedef bool (*SnForward)(void *context, SnTensor *input, SnTensor **outputs);

/* Traces the forward on an input of the shape on the current device, and writes it down. Constants still share memory
 * with the forward's tensors. */
bool sn_graph_build(SnPlanGraph *graph, SnForward forward, void *context, int output_count, SnDtype dtype, int ndim,
                    const int64_t *shape);

#endif
