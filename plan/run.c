#include "plan/recorded.h"

/* The first run is not recorded: it makes the device ready for the recording, and may be the only one. */
bool sn_plan_run(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  if (!sn_plan_check_tensors(plan, inputs, outputs)) return false;
  if (plan->has_run && plan->graph.backend->record_begin) return sn_plan_run_recorded(plan, inputs, outputs);
  plan->has_run = true;
  return sn_plan_run_steps(plan, inputs, outputs);
}
