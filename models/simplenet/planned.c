#include "models/simplenet/planned.h"

#include "models/simplenet/local_features.h"
#include "models/simplenet/scoring.h"

struct SnPlanned {
  SnSimpleNet *model;
  SnPlannedForward forward;
  int input_count;
  SnPlan *plan;
};

static void release(void *memory) {
  SnPlanned *planned = memory;
  sn_plan_free(planned->plan);
}

SnPlanned *sn_planned_new(SnSimpleNet *model, SnPlannedForward forward) {
  SnPlanned *planned = sn_scope_allocate(1, sizeof *planned, release);
  if (!planned) return NULL;
  planned->model = model;
  planned->forward = forward;
  return planned;
}

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  const SnPlanned *planned = context;
  SnSimpleNet *model = planned->model;
  switch (planned->forward) {
    case SN_PLANNED_PARTS:
      return sn_local_feature_parts(&model->settings, model->backbone, inputs[0], outputs);
    case SN_PLANNED_SCORES:
      outputs[0] = sn_patch_scores(model, sn_local_features(&model->settings, model->backbone, inputs[0]));
      break;
    case SN_PLANNED_HEAD:
      outputs[0] = sn_patch_scores(model, sn_assemble_parts(planned->input_count, inputs));
      break;
  }
  return outputs[0] ? 1 : 0;
}

int sn_planned_run(SnPlanned *planned, int input_count, SnTensor *const *inputs, SnTensor **outputs) {
  if (!sn_ok()) return 0;
  bool fits = planned->plan && planned->input_count == input_count && sn_plan_fits(planned->plan, inputs);
  if (!fits) {
    sn_plan_free(planned->plan); /* before the next one takes as much memory */
    planned->input_count = input_count;
    planned->plan = sn_plan_new(forward, planned, input_count, inputs);
    if (!planned->plan) return 0;
  }
  int count = sn_plan_output_count(planned->plan);
  for (int i = 0; i < count && sn_ok(); i++) outputs[i] = sn_plan_new_output(planned->plan, i);
  return sn_ok() && sn_plan_run(planned->plan, inputs, outputs) ? count : 0;
}

SnTensor *sn_planned_scores(SnPlanned *planned, SnTensor *images) {
  SnTensor *outputs[SN_PLAN_MOST_OUTPUTS];
  return sn_planned_run(planned, 1, &images, outputs) == 1 ? outputs[0] : NULL;
}

SnPlan *sn_planned_plan(const SnPlanned *planned) { return planned->plan; }
