/* Eager to learn, plan to ship: an evaluation-mode forward traced once, rewritten, its memory placed, and run without
 * allocating.
 *
 *     SnPlan *plan = sn_plan_new(forward, model, 1, &images);
 *     SnTensor *scores = sn_plan_new_output(plan, 0);
 *     while (...) sn_plan_run(plan, &images, &scores);
 *     sn_plan_free(plan);
 *
 * A plan is for inputs of certain shapes on one device. It holds a snapshot of the weights: training that goes on after
 * a plan was made does not change it, so make a new one then. autograd/trace.h says what a forward must not do.
 * The results are those of the eager forward up to rounding, and have the same bits on any number of threads.
 */
#ifndef SN_PLAN_PLAN_H
#define SN_PLAN_PLAN_H

#include <stdio.h>

#include "plan/build.h"

typedef struct SnPlan SnPlan;

/* For inputs of the shapes, dtype and device of `like`. NULL and an error when the forward fails or cannot be planned.
 */
SnPlan *sn_plan_new(SnForward forward, void *context, int input_count, SnTensor *const *like);
void sn_plan_free(SnPlan *plan); /* NULL is allowed */

/* The inputs have the shapes, the dtype and the device that the plan is for. */
bool sn_plan_fits(const SnPlan *plan, SnTensor *const *inputs);

int sn_plan_output_count(const SnPlan *plan);

/* An uninitialised tensor of an output's shape on the plan's device, whichever is this thread's; in the innermost
 * scope. */
SnTensor *sn_plan_new_output(const SnPlan *plan, int index);

/* inputs: contiguous, and such that they fit; outputs: contiguous, of the outputs' shapes, overlapping
 * neither the inputs nor one another. One run of a plan at a time. Allocates nothing; on devices that have
 * recordings, the second run makes one. */
bool sn_plan_run(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs);

/* The same, but before every step all of the arena that no living value owns is filled with NaN: a test that gets the
 * same numbers has shown that no step reads what it should not. Slow. */
bool sn_plan_run_poisoned(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs);

/* ---- what a plan is made of ---- */

typedef struct SnPlanTotals {
  int64_t steps, macs, bytes; /* kernels, multiply-accumulates, bytes read and written by them */
} SnPlanTotals;

typedef struct SnPlanSummary {
  SnPlanTotals written, planned;       /* before and after the passes */
  int64_t arena_bytes, constant_bytes; /* of intermediates at once; of prepared weights */
} SnPlanSummary;

SnPlanSummary sn_plan_summary(const SnPlan *plan);

/* Median seconds of each of the summary's planned.steps steps over `rounds` runs. */
bool sn_plan_profile(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs, int rounds, double *seconds);

/* A line for each step, then totals. seconds: from sn_plan_profile; NULL: without times. */
void sn_plan_print(const SnPlan *plan, FILE *stream, const double *seconds);

#endif
