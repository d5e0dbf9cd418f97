#include "studies/cost.h"

#include "anomaly/features.h"
#include "anomaly/local_features.h"
#include "anomaly/scorer.h"
#include "base/clock.h"
#include "base/machine.h"
#include "metrics/evaluation.h"

enum { IMAGES = 8 };

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  return sn_feature_levels(context, inputs[0], outputs);
}

static void measure_features(SnModel *model, SnFeatures *features, SnCost *cost) {
  SnSize crop = model->settings.view.crop;
  SnTensor *images = sn_zeros(SN_FLOAT32, SN_SHAPE(IMAGES, 3, crop.height, crop.width));
  SnScope *plans = sn_scope_open();
  SnPlanned *planned = sn_planned_new(forward, model);
  for (int i = 0; i < 2 && sn_ok(); i++) { /* the first time makes the plan */
    double start = sn_seconds();
    features->count = sn_planned_run(planned, 1, &images, features->levels);
    cost->feature = (sn_seconds() - start) / IMAGES;
  }
  for (int i = 0; i < features->count; i++) sn_keep(features->levels[i]);
  sn_scope_close(plans);
  for (int i = 0; i < features->count; i++)
    cost->bytes += (double)sn_count(features->levels[i]) / IMAGES * sizeof(float);
}

/* The steps of an epoch on so many images; the images, where a fit has no epochs. */
static double epoch_units(const SnSettings *settings, int64_t images) {
  return (double)(settings->method->epoch_steps ? settings->method->epoch_steps(settings, images) : images);
}

/* Two epochs, of which the second counts. A fit without epochs ends with its first. */
static void measure_training(SnModel *model, const SnFeatures *features, SnCost *cost) {
  const SnMethod *method = model->settings.method;
  void *fit = method->fit_new(model, features);
  double start = sn_seconds();
  int epochs = 0;
  for (SnFitStep step = {0}; epochs < 2 && fit && method->fit_next(fit, &step);) {
    if (!step.ends_epoch) continue;
    double now = sn_seconds();
    cost->training = (now - start) / epoch_units(&model->settings, IMAGES);
    start = now;
    epochs++;
  }
}

static void measure_test(SnModel *model, const SnFeatures *features, SnCost *cost) {
  SnSize crop = model->settings.view.crop;
  int64_t pixels = sn_size_pixels(crop);
  float *maps = sn_scope_allocate(IMAGES * pixels, sizeof *maps, NULL), scores[IMAGES];
  uint8_t *masks = sn_scope_allocate(IMAGES * pixels, 1, NULL), labels[IMAGES] = {0, 1};
  if (!maps || !masks) return;
  SnScope *scope = sn_scope_open();
  double start = sn_seconds();
  sn_scorer_run(sn_scorer_new(model, SN_SCORER_LEVELS), features->count, features->levels, maps, scores);
  masks[pixels + pixels / 2] = 1;
  SnEvaluationData data = {IMAGES, scores, labels, crop.height, crop.width, maps, masks, 0};
  SnEvaluation evaluation;
  if (sn_ok()) sn_evaluate(&data, &evaluation, NULL);
  cost->test = (sn_seconds() - start) / IMAGES;
  sn_scope_close(scope);
}

bool sn_measure_cost(const SnVariant *variant, SnCost *cost) {
  *cost = (SnCost){0};
  SnScope *scope = sn_scope_open();
  SnModel *model = sn_model_new(&variant->settings, variant->weights);
  SnFeatures features = {0};
  if (model) {
    measure_features(model, &features, cost);
    if (sn_ok()) measure_training(model, &features, cost);
    if (sn_ok()) measure_test(model, &features, cost);
    cost->fixed = sn_peak_memory() - IMAGES * cost->bytes;
  }
  sn_scope_close(scope);
  sn_storage_trim();
  return sn_ok();
}

double sn_cost_of_features(const SnCost *cost, int64_t train_images, int64_t test_images) {
  return cost->feature * (double)(train_images + test_images);
}

double sn_cost_of_trial(const SnCost *cost, const SnSettings *settings, int64_t train_images, int64_t test_images,
                        int64_t eval_every) {
  int64_t epochs = sn_settings_epochs(settings);
  int64_t tests = 1 + (eval_every > 0 ? (epochs + eval_every - 1) / eval_every : 0);
  return cost->training * epoch_units(settings, train_images) * (double)epochs +
         cost->test * (double)(test_images * tests);
}

double sn_cost_memory(const SnCost *cost, int64_t train_images, int64_t test_images, SnSize crop) {
  double pixel_bytes = sizeof(float) + 1 + 2 * sizeof(uint32_t); /* map, mask, ranking while it is sorted */
  return cost->fixed + cost->bytes * (double)(train_images + test_images) +
         pixel_bytes * (double)(test_images * sn_size_pixels(crop));
}
