#include "anomaly/testing.h"

#include <stdlib.h>

#include "anomaly/map.h"
#include "anomaly/scorer.h"

enum { IMAGES_AT_ONCE = 8 };

bool sn_score_features(SnModel *model, const SnFeatures *features, int64_t images, float *maps, float *scores) {
  int64_t pixels = sn_size_pixels(model->settings.view.crop);
  SnScope *plans = sn_scope_open();
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_LEVELS);
  float *unwanted = maps ? NULL : sn_scope_allocate(IMAGES_AT_ONCE * pixels, sizeof *unwanted, NULL);
  for (int64_t first = 0; first < images && sn_ok(); first += IMAGES_AT_ONCE) {
    int64_t count = images - first < IMAGES_AT_ONCE ? images - first : IMAGES_AT_ONCE;
    SnScope *scope = sn_scope_open();
    SnTensor *levels[SN_MAX_LEVELS];
    if (sn_features_levels(features, first, count, levels))
      sn_scorer_run(scorer, features->count, levels, maps ? maps + first * pixels : unwanted, scores + first);
    sn_scope_close(scope);
  }
  sn_scope_close(plans);
  return sn_ok();
}

static bool check_scores(const SnDataset *dataset, const SnTestResult *result, int64_t pixels) {
  for (int64_t i = 0; i < result->image_count && sn_ok(); i++) {
    char *name = sn_sample_name(dataset, &dataset->test.items[i]);
    if (name) sn_check_scores(name, result->image_scores[i], result->maps + i * pixels, pixels);
    free(name);
  }
  return sn_ok();
}

bool sn_calibrate_on_features(SnModel *model, const SnDataset *dataset, const SnFeatures *features, double rate,
                              SnFalseAlarms *alarms) {
  const SnSamples *samples = &dataset->calibration;
  SnScope *scope = sn_scope_open();
  float *scores = sn_scope_allocate(samples->count, sizeof *scores, NULL);
  bool scored = scores && sn_score_features(model, features, samples->count, NULL, scores);
  for (int64_t i = 0; scored && i < samples->count && sn_ok(); i++) {
    char *name = sn_sample_name(dataset, &samples->items[i]);
    if (name) sn_check_scores(name, scores[i], NULL, 0);
    free(name);
  }
  if (sn_ok()) sn_false_alarms_from(scores, samples->count, rate, alarms);
  sn_scope_close(scope);
  return sn_ok();
}

SnDecisionCounts sn_test_decisions(const SnTestResult *test, const SnDataset *dataset, double threshold) {
  SnDecisionCounts counts = {0};
  for (int64_t i = 0; i < test->image_count; i++)
    sn_count_decision(&counts, dataset->test.items[i].label != SN_GOOD, (double)test->image_scores[i] >= threshold);
  return counts;
}

static SnTestResult *new_result(int64_t images, int64_t pixels) {
  SnTestResult *result = sn_scope_allocate(1, sizeof *result, NULL);
  if (!result) return NULL;
  result->image_count = images;
  result->image_scores = sn_scope_allocate(images, sizeof(float), NULL);
  result->maps = sn_scope_allocate(images, (size_t)pixels * sizeof(float), NULL);
  return sn_ok() ? result : NULL;
}

SnTestResult *sn_test(SnModel *model, const SnDataset *dataset, const SnFeatures *features, const SnTruth *truth,
                      SnEvaluationCurves *curves) {
  SnSize crop = model->settings.view.crop;
  int64_t images = dataset->test.count, pixels = sn_size_pixels(crop);
  SnTestResult *result = new_result(images, pixels);
  uint8_t *labels = sn_scope_allocate(images, 1, NULL);
  if (!labels || !sn_score_features(model, features, images, result->maps, result->image_scores) ||
      !check_scores(dataset, result, pixels))
    return NULL;
  bool has_masks = dataset->has_masks;
  for (int64_t i = 0; i < images; i++) {
    labels[i] = (uint8_t)dataset->test.items[i].label;
    if (truth->mask_missing[i]) has_masks = false; /* a missing mask would count its defect as defect-free */
  }
  SnEvaluationData data = {.images = images,
                           .image_scores = result->image_scores,
                           .image_labels = labels,
                           .height = crop.height,
                           .width = crop.width,
                           .maps = result->maps,
                           .masks = has_masks ? truth->masks : NULL};
  return sn_evaluate(&data, &result->evaluation, curves) ? result : NULL;
}
