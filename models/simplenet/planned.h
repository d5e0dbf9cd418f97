/* The evaluation-mode forwards of SimpleNet as plans (plan/plan.h): the same numbers as the eager forwards up to
 * rounding, faster, without allocating. */
#ifndef SN_MODELS_SIMPLENET_PLANNED_H
#define SN_MODELS_SIMPLENET_PLANNED_H

#include "models/simplenet/model.h"
#include "plan/plan.h"

typedef enum SnPlannedForward {
  SN_PLANNED_PARTS,  /* images [N,3,H,W] -> local features' parts, as sn_local_feature_parts gives them */
  SN_PLANNED_SCORES, /* images [N,3,H,W] -> patch scores [N, grid, grid] */
  SN_PLANNED_HEAD    /* local features' parts -> patch scores */
} SnPlannedForward;

typedef struct SnPlanned SnPlanned;

/* In the innermost scope, and gone with it. The plan is made at the first run, from the model's weights of then, and
 * anew when inputs of other shapes come. After further training, make another one of these. */
SnPlanned *sn_planned_new(SnSimpleNet *model, SnPlannedForward forward);

/* SN_PLANNED_SCORES of up to `batch` images at a time, planned now. It takes the backbone over: the weights, of which a
 * plan has a form of its own, are released one by one while the plan is made (sn_backbone_release), which leaves the
 * model half as large. Fewer images are filled up with blank ones; more are an error. */
SnPlanned *sn_planned_take_over(SnSimpleNet *model, int64_t batch);

/* Makes outputs[0..n), at most SN_PLAN_MAX_OUTPUTS, in the innermost scope, and returns n; 0 on failure. */
int sn_planned_run(SnPlanned *planned, int input_count, SnTensor *const *inputs, SnTensor **outputs);

/* Images -> patch scores, of a SN_PLANNED_SCORES. */
SnTensor *sn_planned_scores(SnPlanned *planned, SnTensor *images);

/* The plan of the last run, for looking at; NULL before. */
SnPlan *sn_planned_plan(const SnPlanned *planned);

#endif
