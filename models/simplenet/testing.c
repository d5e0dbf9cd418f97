#include "models/simplenet/testing.h"

#include <stdlib.h>

#include "models/simplenet/planned.h"
#include "models/simplenet/scoring.h"

enum { IMAGES_AT_ONCE = 8 };

/* Scores images first … first + count - 1 into the result's arrays. */
static bool score(SnSimpleNet *model, SnPlanned *head, const SnFeatures *features, int64_t first, int64_t count,
                  SnTestResult *result) {
  int64_t crop = model->settings.crop;
  SnScope *scope = sn_scope_open();
  SnTensor *parts[SN_MAX_LEVELS], *patch_scores = NULL;
  sn_features_parts(features, first, count, parts);
  if (sn_planned_run(head, features->part_count, parts, &patch_scores) == 0) patch_scores = NULL;
  SnTensor *maps = sn_anomaly_maps(&model->settings, patch_scores);
  SnTensor *image_scores = sn_image_scores(&model->settings, patch_scores, maps);
  if (sn_ok()) {
    sn_to_host(image_scores, SN_FLOAT32, result->image_scores + first);
    sn_to_host(maps, SN_FLOAT32, result->maps + first * crop * crop);
  }
  sn_scope_close(scope);
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

SnTestResult *sn_simplenet_test(SnSimpleNet *model, const SnDataset *dataset, const SnFeatures *features,
                                SnEvaluationCurves *curves) {
  int64_t images = dataset->test.count, crop = model->settings.crop;
  SnTestResult *result = sn_scope_allocate(1, sizeof *result, NULL);
  uint8_t *labels = sn_scope_allocate(images, 1, NULL);
  if (!result || !labels) return NULL;
  result->image_count = images;
  result->image_scores = sn_scope_allocate(images, sizeof(float), NULL);
  result->maps = sn_scope_allocate(images, (size_t)(crop * crop) * sizeof(float), NULL);
  SnScope *plans = sn_scope_open();
  SnPlanned *head = sn_planned_new(model, SN_PLANNED_HEAD);
  for (int64_t first = 0; first < images && sn_ok(); first += IMAGES_AT_ONCE)
    score(model, head, features, first, images - first < IMAGES_AT_ONCE ? images - first : IMAGES_AT_ONCE, result);
  sn_scope_close(plans);
  bool has_masks = dataset->has_masks;
  for (int64_t i = 0; i < images && sn_ok(); i++) {
    labels[i] = (uint8_t)dataset->test.items[i].label;
    if (features->mask_missing[i]) has_masks = false; /* a missing mask would count its defect as defect-free */
  }
  SnEvaluationData data = {.images = images,
                           .image_scores = result->image_scores,
                           .image_labels = labels,
                           .height = crop,
                           .width = crop,
                           .maps = result->maps,
                           .masks = has_masks ? features->masks : NULL};
  if (!sn_ok() || !check_scores(dataset, result, crop * crop)) return NULL;
  return sn_evaluate(&data, &result->evaluation, curves) ? result : NULL;
}
