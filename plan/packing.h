#ifndef SN_PLAN_PACKING_H
#define SN_PLAN_PACKING_H

#include "plan/graph.h"

/* Of a finished graph, before copies vanish: results that only convolutions in bfloat16, or only convolutions in 8
 * bits, read from one another, max pooling between them or not, are written as their products take them, with
 * neighbouring channels side by side, in a half or a quarter of the memory. They are rounded when they are written
 * instead of when they are read: no bit changes, but that in 8 bits a residual is rounded, too. */
void sn_graph_pack_channels(SnPlanGraph *graph);

#endif
