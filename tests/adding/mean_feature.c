/* The distance of each local feature from the mean feature of all good positions. */
#include "models/mean_feature/mean_feature.h"
#include "autograd/ops.h"

typedef struct MeanFeature {
  SnTensor *mean; /* [C], "mean" in the model file */
} MeanFeature;

static const char *const presets[] = {"plain", NULL};

static void preset(int number, SnSettings *settings) {
  (void)number;
  settings->view = (SnViewSettings){
      .white_level = SN_WHITE_LEVEL_FULL, .resize = {256, 0}, .crop = {224, 224}, .mask_threshold = 0.5};
  settings->features =
      (SnFeatureSettings){.backbone = "embedded", .levels = {2, {2, 3}}, .dimension = 1024, .patch = 3};
  settings->map = (SnMapSettings){.smoothing = 4};
}

static bool create(SnModel *model, SnGenerator *generator, const SnStateDict *file, const char *path) {
  MeanFeature *own = sn_scope_allocate(1, sizeof *own, NULL);
  (void)file, (void)path; /* its only tensor has the size of the backbone's features */
  if (!own) return false;
  own->mean = sn_zeros(sn_generator_dtype(generator), SN_SHAPE(model->features.channels));
  model->own = own;
  sn_module_add_buffer(&model->head, "mean", own->mean);
  return sn_ok();
}

static bool forward(const SnModel *model, SnTensor *features, SnScores *scores) {
  const MeanFeature *own = model->own;
  SnTensor *difference = sn_sub(features, own->mean);
  scores->patches = sn_sqrt(sn_mean(sn_mul(difference, difference), SN_DIMS(3), false));
  return scores->patches != NULL;
}

/* An image a step. */
typedef struct Fit {
  SnModel *model;
  const SnFeatures *features;
  int64_t done, images;
} Fit;

static void *fit_new(SnModel *model, const SnFeatures *features) {
  Fit *fit = sn_scope_allocate(1, sizeof *fit, NULL);
  if (!fit) return NULL;
  *fit = (Fit){model, features, 0, features->levels[0]->array.shape[0]};
  return fit;
}

static bool fit_next(void *memory, SnFitStep *step) {
  Fit *fit = memory;
  MeanFeature *own = fit->model->own;
  if (fit->done == fit->images) return false;
  SnScope *scope = sn_scope_open();
  SnTensor *features = sn_features_assembled(fit->model, fit->features, fit->done, 1);
  SnTensor *share = sn_scale(sn_mean(features, SN_DIMS(0, 1, 2), false), 1.0 / (double)fit->images);
  sn_copy_into(own->mean, sn_add(own->mean, share));
  sn_scope_close(scope);
  fit->done++;
  *step = (SnFitStep){.done = fit->done, .total = fit->images, .ends_epoch = fit->done == fit->images};
  return sn_ok();
}

static const char *const idea[] = {
    "The mean feature is a detector of one line:", "It measures how far each feature is from the mean of all.", NULL};

const SnMethod sn_mean_feature = {.name = "mean_feature",
                                  .title = "Mean feature",
                                  .paper = "no paper",
                                  .idea = idea,
                                  .groups = SN_GROUP_VIEW | SN_GROUP_FEATURES | SN_GROUP_MAP | SN_GROUP_MASKS,
                                  .presets = presets,
                                  .preset = preset,
                                  .create = create,
                                  .forward = forward,
                                  .fit_new = fit_new,
                                  .fit_next = fit_next};
