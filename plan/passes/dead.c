/* A node whose results are not read does nothing. */
#include "plan/passes.h"

bool sn_pass_dead(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = graph->node_count - 1; i >= 0; i--) {
    bool used = false;
    for (int o = 0; o < graph->nodes[i].output_count; o++)
      used = used || sn_graph_uses(graph, graph->nodes[i].outputs[o].value) > 0;
    if (used) continue;
    sn_graph_remove(graph, i);
    changed = true;
  }
  return changed;
}
