#include "plan/passes.h"

typedef bool (*Pass)(SnPlanGraph *graph);

static bool repeat(SnPlanGraph *graph, const Pass *passes, int count) {
  enum { MAX_ROUNDS = 100 }; /* every rewriting makes the graph smaller or cheaper, or moves a node towards the end */
  bool changed = true;
  for (int round = 0; changed && sn_ok(); round++) {
    if (round == MAX_ROUNDS) return sn_fail("a plan's passes do not come to an end");
    changed = false;
    for (int i = 0; i < count && sn_ok(); i++) changed = passes[i](graph) || changed;
  }
  return sn_ok();
}

bool sn_graph_simplify(SnPlanGraph *graph) {
  static const Pass algebra[] = {sn_pass_dead,       sn_pass_constants, sn_pass_channel_scale, sn_pass_transposes,
                                 sn_pass_batch_norm, sn_pass_affine,    sn_pass_scaled_input,  sn_pass_channel_pool,
                                 sn_pass_unfold,     sn_pass_merge,     sn_pass_split_cat,     sn_pass_cheap_side};
  static const Pass ends[] = {sn_pass_lone_norm, sn_pass_epilogue, sn_pass_gate, sn_pass_cat_transposed, sn_pass_dead};
  return sn_ok() && repeat(graph, algebra, (int)(sizeof algebra / sizeof *algebra)) &&
         repeat(graph, ends, (int)(sizeof ends / sizeof *ends));
}
