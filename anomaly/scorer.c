#include "anomaly/scorer.h"

#include "anomaly/local_features.h"
#include "anomaly/map.h"
#include "anomaly/planned_model.h"
#include "autograd/ops.h"

struct SnScorer {
  SnModel *model;
  SnScorerInput input;
  int64_t batch; /* that it consumed the weights for; 0: it did not */
  int input_count;
  SnPlanned *planned;
};

enum { MAP, SCORE, OUTPUTS };

int sn_scorer_forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  const SnScorer *scorer = context;
  SnModel *model = scorer->model;
  const SnSettings *settings = &model->settings;
  SnScores scores = {NULL, NULL};
  sn_module_train(&model->head, false);
  SnTensor *features = scorer->input == SN_SCORER_IMAGES ? sn_local_features(model, inputs[0])
                                                         : sn_assemble_levels(settings, scorer->input_count, inputs);
  if (!features || !settings->method->forward(model, features, &scores)) return 0;
  outputs[MAP] = sn_anomaly_maps(settings, scores.patches);
  outputs[SCORE] = scores.images ? scores.images : sn_image_scores(settings, scores.patches, outputs[MAP]);
  if (scorer->batch > 0 && model->backbone)
    sn_backbone_release(model->backbone); /* the plan holds the last reference */
  return outputs[SCORE] ? OUTPUTS : 0;
}

SnScorer *sn_scorer_new(SnModel *model, SnScorerInput input) {
  SnScorer *scorer = sn_scope_allocate(1, sizeof *scorer, NULL);
  if (!scorer) return NULL;
  scorer->model = model;
  scorer->input = input;
  scorer->planned = sn_model_planned_new(model, sn_scorer_forward, scorer);
  return sn_ok() ? scorer : NULL;
}

static bool prepare(SnScorer *scorer, int count, SnTensor *const *inputs) {
  scorer->input_count = count;
  if (scorer->input == SN_SCORER_IMAGES && !sn_planned_plan(scorer->planned) && !sn_check_feature_memory(inputs[0]))
    return false;
  return sn_planned_prepare(scorer->planned, count, inputs);
}

SnScorer *sn_scorer_consume(SnModel *model, int64_t batch) {
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  if (!scorer) return NULL;
  SnScope *scope = sn_scope_open();
  SnSize crop = model->settings.view.crop;
  SnTensor *images = sn_empty(SN_FLOAT32, SN_SHAPE(batch, 3, crop.height, crop.width));
  scorer->batch = batch;
  bool made = images && prepare(scorer, 1, &images);
  sn_scope_close(scope);
  return made ? scorer : NULL;
}

/* The images, and behind them blank ones up to `batch`. */
static SnTensor *filled_up(SnTensor *images, int64_t batch) {
  if (!images) return NULL;
  const int64_t *shape = images->array.shape;
  if (shape[0] >= batch) return images;
  SnTensor *blank = sn_zeros(images->array.dtype, SN_SHAPE(batch - shape[0], shape[1], shape[2], shape[3]));
  return blank ? sn_cat(2, (SnTensor *[]){images, blank}, 0) : NULL;
}

/* After its plan was made a consumed model has no weights for another one. */
static bool check_batch(const SnScorer *scorer, int64_t images) {
  return scorer->batch == 0 || images <= scorer->batch ||
         sn_fail("%lld images are more than the %lld that were planned for, and the weights have been released",
                 (long long)images, (long long)scorer->batch);
}

/* Scores of the first images only, not of blank ones. */
static bool copy_out(SnTensor *tensor, int64_t images, float *values) {
  return sn_to_host(sn_narrow(tensor, 0, 0, images), SN_FLOAT32, values);
}

bool sn_scorer_run(SnScorer *scorer, int count, SnTensor *const *inputs, float *maps, float *scores) {
  if (!sn_ok() || !check_batch(scorer, inputs[0]->array.shape[0])) return false;
  SnScope *scope = sn_scope_open();
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS], *filled = NULL;
  int64_t images = inputs[0]->array.shape[0];
  if (scorer->batch > 0) {
    filled = filled_up(inputs[0], scorer->batch);
    inputs = &filled;
  }
  if (inputs[0] && prepare(scorer, count, inputs) &&
      sn_planned_run(scorer->planned, count, inputs, outputs) == OUTPUTS) {
    copy_out(outputs[MAP], images, maps);
    copy_out(outputs[SCORE], images, scores);
  }
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_scorer_run_images(SnScorer *scorer, const float *images, int64_t count, float *maps, float *scores) {
  SnSize crop = scorer->model->settings.view.crop;
  SnScope *scope = sn_scope_open();
  SnTensor *input = sn_from_host(SN_FLOAT32, SN_SHAPE(count, 3, crop.height, crop.width), images);
  if (input) sn_scorer_run(scorer, 1, &input, maps, scores);
  sn_scope_close(scope);
  return sn_ok();
}

SnPlan *sn_scorer_plan(const SnScorer *scorer) { return sn_planned_plan(scorer->planned); }
