#ifndef SN_PLAN_INTERPOLATED_RESIDUALS_H
#define SN_PLAN_INTERPOLATED_RESIDUALS_H

#include "plan/graph.h"

/* Of a finished graph: where the backend can, convolutions read a residual as it is before a bilinear interpolation,
 * which then is no step of its own. No bit changes. */
void sn_graph_interpolate_residuals(SnPlanGraph *graph);

#endif
