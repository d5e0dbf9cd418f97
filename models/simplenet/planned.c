#include "models/simplenet/planned.h"

#include "autograd/ops.h"
#include "models/simplenet/local_features.h"
#include "models/simplenet/scoring.h"

struct SnPlanned {
  SnSimpleNet *model;
  SnPlannedForward forward;
  int input_count;
  int64_t batch; /* that it took the weights over for; 0: it did not */
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
  if (planned->batch > 0) sn_backbone_release(model->backbone); /* the plan being made holds the last reference */
  return outputs[0] ? 1 : 0;
}

static bool make_plan(SnPlanned *planned, int input_count, SnTensor *const *inputs) {
  sn_plan_free(planned->plan); /* before the next one takes as much memory */
  planned->input_count = input_count;
  planned->plan = NULL;
  if (planned->forward != SN_PLANNED_HEAD && !sn_check_feature_memory(inputs[0])) return false;
  planned->plan = sn_plan_new(forward, planned, input_count, inputs);
  return planned->plan != NULL;
}

int sn_planned_run(SnPlanned *planned, int input_count, SnTensor *const *inputs, SnTensor **outputs) {
  if (!sn_ok()) return 0;
  bool fits = planned->plan && planned->input_count == input_count && sn_plan_fits(planned->plan, inputs);
  if (!fits && !make_plan(planned, input_count, inputs)) return 0;
  int count = sn_plan_output_count(planned->plan);
  for (int i = 0; i < count && sn_ok(); i++) outputs[i] = sn_plan_new_output(planned->plan, i);
  return sn_ok() && sn_plan_run(planned->plan, inputs, outputs) ? count : 0;
}

SnPlanned *sn_planned_take_over(SnSimpleNet *model, int64_t batch) {
  SnPlanned *planned = sn_planned_new(model, SN_PLANNED_SCORES);
  if (!planned) return NULL;
  SnScope *scope = sn_scope_open();
  int64_t crop = model->settings.crop;
  SnTensor *images = sn_empty(SN_FLOAT32, SN_SHAPE(batch, 3, crop, crop));
  planned->batch = batch;
  bool made = images && make_plan(planned, 1, &images);
  sn_scope_close(scope);
  return made ? planned : NULL;
}

/* The images, and behind them blank ones up to `batch`. */
static SnTensor *filled_up(SnTensor *images, int64_t batch) {
  const int64_t *shape = images->array.shape;
  if (shape[0] >= batch) return images;
  SnTensor *blank = sn_zeros(images->array.dtype, SN_SHAPE(batch - shape[0], shape[1], shape[2], shape[3]));
  return blank ? sn_cat(2, (SnTensor *[]){images, blank}, 0) : NULL;
}

SnTensor *sn_planned_scores(SnPlanned *planned, SnTensor *images) {
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS], *batch = filled_up(images, planned->batch);
  if (!batch || sn_planned_run(planned, 1, &batch, outputs) != 1) return NULL;
  return batch == images ? outputs[0] : sn_narrow(outputs[0], 0, 0, images->array.shape[0]);
}

SnPlan *sn_planned_plan(const SnPlanned *planned) { return planned->plan; }
