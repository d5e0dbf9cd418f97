/* A plan inside: kernel calls that are ready but for the input's and the outputs' addresses. */
#ifndef SN_PLAN_STEPS_H
#define SN_PLAN_STEPS_H

#include "plan/memory.h"
#include "plan/plan.h"

typedef struct SnPlanStep {
  SnKernel kernel;
  SnCall call; /* points to the arrays below */
  SnArray inputs[SN_MAX_INPUTS], outputs[SN_MAX_OUTPUTS];
} SnPlanStep;

/* An array whose memory is the caller's. */
typedef struct SnPlanPatch {
  SnArray *array;
  int64_t offset;    /* bytes */
  int input, output; /* which one; -1: none */
} SnPlanPatch;

typedef struct SnPlanRecording SnPlanRecording; /* recorded.h */

struct SnPlan {
  SnPlanGraph graph;
  SnPlanSummary summary;
  SnPlanPlace *places; /* of graph.values */
  SnStorage *arena;    /* NULL when it is empty */
  SnPlanStep *steps;   /* of graph.nodes */
  SnPlanPatch *patches;
  int patch_count;
  bool has_run;
  SnPlanRecording *recorded; /* NULL: none yet, or the device has no recordings */
};

/* True when all are what the plan is for; else an error that names the first that is not. */
bool sn_plan_check_tensors(const SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs);

/* Lets the steps read and write the caller's tensors. */
void sn_plan_point_at(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs);

bool sn_plan_run_step(const SnPlan *plan, int index);

/* All steps on these tensors, in order. */
bool sn_plan_run_steps(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs);

/* A plan by other passes than sn_graph_simplify's: for tests of single ones. An error when they return false. */
typedef bool (*SnRewriting)(SnPlanGraph *graph);
SnPlan *sn_plan_new_by(SnRewriting rewrite, SnForward forward, void *context, int input_count, SnTensor *const *like);

#endif
