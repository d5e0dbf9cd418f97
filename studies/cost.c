#include "studies/cost.h"

#include "base/clock.h"
#include "base/machine.h"
#include "metrics/evaluation.h"
#include "models/simplenet/planned.h"
#include "models/simplenet/scoring.h"
#include "models/simplenet/training.h"

enum { IMAGES = 8 };

static void measure_features(SnSimpleNet *model, SnTensor **parts, int *part_count, SnCost *cost) {
  int64_t crop = model->settings.crop;
  SnTensor *images = sn_zeros(SN_FLOAT32, SN_SHAPE(IMAGES, 3, crop, crop));
  SnScope *plans = sn_scope_open();
  SnPlanned *planned = sn_planned_new(model, SN_PLANNED_PARTS);
  for (int i = 0; i < 2 && sn_ok(); i++) { /* the first time makes the plan */
    double start = sn_seconds();
    *part_count = sn_planned_run(planned, 1, &images, parts);
    cost->feature = (sn_seconds() - start) / IMAGES;
  }
  for (int i = 0; i < *part_count; i++) sn_keep(parts[i]);
  sn_scope_close(plans);
  for (int i = 0; i < *part_count; i++) cost->bytes += (double)sn_count(parts[i]) / IMAGES * sizeof(float);
}

static void measure_training(SnSimpleNet *model, SnTensor *const *parts, int part_count, SnCost *cost) {
  SnTrainingResult result;
  SnTraining *training = sn_training_new(model, part_count, parts);
  for (int i = 0; i < 2 && sn_ok(); i++) {
    double start = sn_seconds();
    sn_training_epoch(training, &result, NULL, NULL);
    cost->training = (sn_seconds() - start) / IMAGES;
  }
}

static void measure_test(SnSimpleNet *model, SnTensor *const *parts, int part_count, SnCost *cost) {
  int64_t crop = model->settings.crop, pixels = crop * crop;
  float *maps = sn_scope_allocate(IMAGES * pixels, sizeof *maps, NULL), scores[IMAGES];
  uint8_t *masks = sn_scope_allocate(IMAGES * pixels, 1, NULL), labels[IMAGES] = {0, 1};
  if (!maps || !masks) return;
  SnScope *scope = sn_scope_open();
  double start = sn_seconds();
  SnTensor *patches = NULL;
  sn_planned_run(sn_planned_new(model, SN_PLANNED_HEAD), part_count, parts, &patches);
  SnTensor *tensor = sn_anomaly_maps(&model->settings, patches);
  if (tensor) sn_to_host(tensor, SN_FLOAT32, maps);
  if (tensor) sn_to_host(sn_image_scores(&model->settings, patches, tensor), SN_FLOAT32, scores);
  masks[pixels + pixels / 2] = 1;
  SnEvaluationData data = {IMAGES, scores, labels, crop, crop, maps, masks, 0};
  SnEvaluation evaluation;
  if (sn_ok()) sn_evaluate(&data, &evaluation, NULL);
  cost->test = (sn_seconds() - start) / IMAGES;
  sn_scope_close(scope);
}

bool sn_measure_cost(const SnVariant *variant, SnCost *cost) {
  *cost = (SnCost){0};
  SnScope *scope = sn_scope_open();
  SnSimpleNet *model = sn_simplenet_new(&variant->settings, variant->weights);
  SnTensor *parts[SN_MAX_LEVELS];
  int part_count = 0;
  if (model) {
    measure_features(model, parts, &part_count, cost);
    measure_training(model, parts, part_count, cost);
    measure_test(model, parts, part_count, cost);
    cost->fixed = sn_peak_memory() - IMAGES * cost->bytes;
  }
  sn_scope_close(scope);
  sn_storage_trim();
  return sn_ok();
}

double sn_cost_of_features(const SnCost *cost, int64_t train_images, int64_t test_images) {
  return cost->feature * (double)(train_images + test_images);
}

double sn_cost_of_trial(const SnCost *cost, int64_t train_images, int64_t test_images, int64_t epochs,
                        int64_t eval_every) {
  int64_t tests = 1 + (eval_every > 0 ? (epochs + eval_every - 1) / eval_every : 0);
  return cost->training * (double)(train_images * epochs) + cost->test * (double)(test_images * tests);
}

double sn_cost_memory(const SnCost *cost, int64_t train_images, int64_t test_images, int64_t crop) {
  double pixel_bytes = sizeof(float) + 1 + 2 * sizeof(uint32_t); /* map, mask, ranking while it is sorted */
  return cost->fixed + cost->bytes * (double)(train_images + test_images) +
         pixel_bytes * (double)(test_images * crop * crop);
}
