#ifndef SN_PLAN_IN_PLACE_H
#define SN_PLAN_IN_PLACE_H

#include "plan/graph.h"

/* Of a finished graph: what is computed only to be copied into a part of another value is computed there, where that
 * part is one piece of memory, as the channels of one image are in a concatenation. Copies that remain stay. */
bool sn_graph_write_in_place(SnPlanGraph *graph);

#endif
