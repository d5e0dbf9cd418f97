#include "plan/measure.h"

#include "base/error.h"
#include "plan/steps.h"

static const SnFusedConv2d *convolution_of(const SnPlanNode *node, SnConvolutionAlgorithm only) {
  const SnFusedConv2d *conv2d = &node->attributes.fused_conv2d;
  if (!sn_node_is(node, SN_KERNEL_conv2d_fused) || conv2d->algorithm == SN_CONVOLUTION_DIRECT) return NULL;
  return only == SN_CONVOLUTION_DIRECT || conv2d->algorithm == only ? conv2d : NULL;
}

static bool add_times(const SnPlan *plan, const double *seconds, SnConvolutionAlgorithm only, SnChoices *choices) {
  const SnBackend *backend = plan->graph.backend;
  for (int i = 0; i < plan->graph.node_count && sn_ok(); i++) {
    const SnPlanNode *node = &plan->graph.nodes[i];
    const SnFusedConv2d *conv2d = convolution_of(node, only);
    const int64_t *x = node->inputs[SN_CONVOLUTION_X].array.shape;
    if (conv2d) sn_choices_add(choices, conv2d, x, backend->conv2d_choose(conv2d, x), seconds[i]);
  }
  return sn_ok();
}

bool sn_plan_measure(SnPlan *plan, SnTensor *const *inputs, int rounds, SnConvolutionAlgorithm only,
                     SnChoices *choices) {
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
  int any = 0;
  for (int i = 0; i < plan->graph.node_count && !any; i++) any = convolution_of(&plan->graph.nodes[i], only) != NULL;
  if (!any) return sn_ok();
  SnScope *scope = sn_scope_open();
  double *seconds = sn_scope_allocate(plan->graph.node_count, sizeof *seconds, NULL);
  for (int i = 0; i < sn_plan_output_count(plan) && sn_ok(); i++) outputs[i] = sn_plan_new_output(plan, i);
  if (seconds && sn_ok() && sn_plan_profile(plan, inputs, outputs, rounds, seconds))
    add_times(plan, seconds, only, choices);
  sn_scope_close(scope);
  return sn_ok();
}
