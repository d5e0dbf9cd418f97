/* A plan's steps as one recording, on devices that have recordings: launched at once, where each step on its own would
 * take longer to launch than to compute. */
#ifndef SN_PLAN_RECORDED_H
#define SN_PLAN_RECORDED_H

#include "plan/steps.h"

/* The recording's inputs and outputs are its own, since addresses are part of it. */
struct SnPlanRecording {
  SnScope *scope; /* owns the tensors */
  SnRecording *recording;
  SnTensor *inputs[SN_PLAN_MAX_INPUTS], *outputs[SN_PLAN_MAX_OUTPUTS];
};

/* Runs the plan by its recording, which is made when there is none. Inputs and outputs have been checked. */
bool sn_plan_run_recorded(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs);

void sn_plan_recording_free(SnPlan *plan);

#endif
