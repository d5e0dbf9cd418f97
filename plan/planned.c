#include "plan/planned.h"

struct SnPlanned {
  SnForward forward;
  void *context;
  int input_count;
  SnPlan *plan;
  const SnInputRanges *ranges;
};

static void release(void *memory) {
  SnPlanned *planned = memory;
  sn_plan_free(planned->plan);
}

SnPlanned *sn_planned_new(SnForward forward, void *context) {
  SnPlanned *planned = sn_scope_allocate(1, sizeof *planned, release);
  if (!planned) return NULL;
  planned->forward = forward;
  planned->context = context;
  return planned;
}

void sn_planned_use_ranges(SnPlanned *planned, const SnInputRanges *ranges) { planned->ranges = ranges; }

bool sn_planned_prepare(SnPlanned *planned, int input_count, SnTensor *const *inputs) {
  if (!sn_ok()) return false;
  if (planned->plan && planned->input_count == input_count && sn_plan_fits(planned->plan, inputs)) return true;
  sn_plan_free(planned->plan); /* before the next one takes as much memory */
  planned->input_count = input_count;
  planned->plan = NULL;
  sn_input_ranges_use(planned->ranges);
  planned->plan = sn_plan_new(planned->forward, planned->context, input_count, inputs);
  sn_input_ranges_use(NULL);
  return planned->plan != NULL;
}

int sn_planned_run(SnPlanned *planned, int input_count, SnTensor *const *inputs, SnTensor **outputs) {
  if (!sn_planned_prepare(planned, input_count, inputs)) return 0;
  int count = sn_plan_output_count(planned->plan);
  for (int i = 0; i < count && sn_ok(); i++) outputs[i] = sn_plan_new_output(planned->plan, i);
  return sn_ok() && sn_plan_run(planned->plan, inputs, outputs) ? count : 0;
}

SnPlan *sn_planned_plan(const SnPlanned *planned) { return planned->plan; }
