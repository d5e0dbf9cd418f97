/* What a node costs: products, and bytes moved. */
#ifndef SN_PLAN_COST_H
#define SN_PLAN_COST_H

#include "plan/graph.h"

/* Multiply-accumulates of convolutions, linear layers and matrix products; 0 for everything else. Those that Winograd's
 * algorithms save are counted. */
int64_t sn_node_macs(const SnPlanNode *node);

/* Bytes read and written once each: operands, and a convolution's weights and bias. */
int64_t sn_node_bytes(const SnPlanGraph *graph, const SnPlanNode *node);

/* What passes compare, in multiply-accumulates: a byte through memory takes about as long as four of them. */
int64_t sn_node_cost(const SnPlanGraph *graph, const SnPlanNode *node);

#endif
