#ifndef SN_PLAN_PACKING_H
#define SN_PLAN_PACKING_H

#include "plan/graph.h"

/* Of a finished graph, before copies vanish: what convolutions in bfloat16, or in 8 bits, compute for nobody but one
 * another is written as their products take it, with neighbouring channels side by side. It takes a half or a quarter
 * of the memory. In bfloat16 it is rounded once, as it would be when it is read: the results keep their bits. In 8 bits
 * what is added as a residual is rounded as well. */
void sn_graph_pack_channels(SnPlanGraph *graph);

#endif
