/* A forward with its plan: made at the first run and anew when inputs of other shapes come. */
#ifndef SN_PLAN_PLANNED_H
#define SN_PLAN_PLANNED_H

#include "plan/input_ranges.h"
#include "plan/plan.h"

typedef struct SnPlanned SnPlanned;

/* In the innermost scope, which releases it. The plan keeps a snapshot of the weights: after further training, make
 * another one of these. */
SnPlanned *sn_planned_new(SnForward forward, void *context);

/* Plans made from now on compute the convolutions that the ranges tell of in 8 bits (plan/input_ranges.h). They must
 * stay. */
void sn_planned_use_ranges(SnPlanned *planned, const SnInputRanges *ranges);

/* Makes the plan for inputs like these. */
bool sn_planned_prepare(SnPlanned *planned, int input_count, SnTensor *const *inputs);

/* Makes outputs[0..n), at most SN_PLAN_MAX_OUTPUTS, in the innermost scope, and returns n; 0 on failure. */
int sn_planned_run(SnPlanned *planned, int input_count, SnTensor *const *inputs, SnTensor **outputs);

/* The plan of the last run, for looking at; NULL before. */
SnPlan *sn_planned_plan(const SnPlanned *planned);

#endif
