#ifndef SN_PLAN_FINISH_H
#define SN_PLAN_FINISH_H

#include "plan/graph.h"

/* Turns a graph into kernels and nothing else: convolutions get an algorithm (the backend's choice for their shape) and
 * prepared weights, linear maps of rows become linear layers, concatenations copies. Every output is a value of its
 * own, and every constant a copy: the graph shares no memory with the forward it was built from. */
bool sn_graph_finish(SnPlanGraph *graph);

#endif
