#ifndef SN_PLAN_PAIRS_H
#define SN_PLAN_PAIRS_H

#include "plan/graph.h"

/* Of a finished graph, before copies vanish: what convolutions that round their factors to bfloat16 compute for nobody
 * but one another to multiply is written in bfloat16, with neighbouring channels side by side. It takes half the memory
 * and is rounded once, as it would be when it is read: the results keep their bits. */
void sn_graph_pair_channels(SnPlanGraph *graph);

#endif
