#include "models/baseline/mean_image.h"

#include <string.h>

#include "autograd/ops.h"
#include "models/simplenet/scoring.h"

enum { IMAGES_AT_ONCE = 8 };
static const double variance_floor = 0.01;

SnMeanImage *sn_mean_image_new(int64_t crop) {
  SnMeanImage *model = sn_scope_allocate(1, sizeof *model, NULL);
  if (!model) return NULL;
  model->crop = crop;
  model->mean = sn_scope_allocate(3 * crop * crop, sizeof(double), NULL);
  model->squares = sn_scope_allocate(3 * crop * crop, sizeof(double), NULL);
  return sn_ok() ? model : NULL;
}

void sn_mean_image_add(SnMeanImage *model, const float *image) {
  model->images++;
  for (int64_t i = 0; i < 3 * model->crop * model->crop; i++) {
    double before = (double)image[i] - model->mean[i];
    model->mean[i] += before / (double)model->images;
    model->squares[i] += before * ((double)image[i] - model->mean[i]);
  }
}

bool sn_mean_image_distances(const SnMeanImage *model, const float *image, float *map) {
  if (!sn_ok()) return false;
  if (model->images < 2)
    return sn_fail("the mean image: expected at least 2 training images, found %lld", (long long)model->images);
  int64_t pixels = model->crop * model->crop;
  for (int64_t i = 0; i < pixels; i++) {
    double sum = 0;
    for (int64_t j = i; j < 3 * pixels; j += pixels) {
      double difference = (double)image[j] - model->mean[j];
      sum += difference * difference / (model->squares[j] / (double)(model->images - 1) + variance_floor);
    }
    map[i] = (float)(sum / 3);
  }
  return true;
}

static SnLoader *open_loader(const SnSimpleNetSettings *settings, const SnDataset *dataset, const SnSamples *samples,
                             bool masks) {
  SnLoaderOptions options = {.load = sn_simplenet_load_options(settings), .batch_size = IMAGES_AT_ONCE, .masks = masks};
  return sn_ok() ? sn_loader_open(dataset, samples, &options) : NULL;
}

SnMeanImage *sn_mean_image_train(const SnSimpleNetSettings *settings, const SnDataset *dataset, SnProgress progress,
                                 void *context) {
  SnMeanImage *model = sn_mean_image_new(settings->crop);
  SnLoader *loader = open_loader(settings, dataset, &dataset->train, false);
  int64_t total = dataset->train.count, size = 3 * settings->crop * settings->crop;
  bool going = loader && (!progress || progress(context, 0, total));
  for (SnBatch batch; going && sn_loader_next(loader, &batch);) {
    for (int64_t i = 0; i < batch.count; i++) sn_mean_image_add(model, batch.images + i * size);
    going = !progress || progress(context, model->images, total);
  }
  sn_loader_close(loader);
  return sn_ok() && going ? model : NULL;
}

/* Maps and scores of a batch, to their places in the result. */
static bool score_batch(const SnMeanImage *model, const SnSimpleNetSettings *settings, const SnDataset *dataset,
                        const SnBatch *batch, SnTestResult *result) {
  int64_t crop = model->crop, pixels = crop * crop, first = batch->indices[0];
  SnScope *scope = sn_scope_open();
  SnTensor *distances = sn_empty(SN_FLOAT32, SN_SHAPE(batch->count, crop, crop));
  for (int64_t i = 0; i < batch->count && distances; i++)
    sn_mean_image_distances(model, batch->images + i * 3 * pixels, sn_float_data(distances) + i * pixels);
  SnTensor *maps = sn_anomaly_maps(settings, distances);
  SnTensor *scores = sn_max(maps, SN_DIMS(1, 2), false);
  if (sn_ok()) {
    sn_to_host(maps, SN_FLOAT32, result->maps + first * pixels);
    sn_to_host(scores, SN_FLOAT32, result->image_scores + first);
  }
  for (int64_t i = first; i < first + batch->count && sn_ok(); i++)
    sn_check_scores(dataset->test.items[i].path, result->image_scores[i], result->maps + i * pixels, pixels);
  sn_scope_close(scope);
  return sn_ok();
}

static SnTestResult *new_result(int64_t images, int64_t crop) {
  SnTestResult *result = sn_scope_allocate(1, sizeof *result, NULL);
  if (!result) return NULL;
  result->image_count = images;
  result->image_scores = sn_scope_allocate(images, sizeof(float), NULL);
  result->maps = sn_scope_allocate(images, (size_t)(crop * crop) * sizeof(float), NULL);
  return sn_ok() ? result : NULL;
}

/* What the metrics need beside the result. */
typedef struct Truth {
  uint8_t *labels, *masks;
  bool has_masks;
} Truth;

static void note_truth(const SnDataset *dataset, const SnBatch *batch, int64_t pixels, Truth *truth) {
  memcpy(truth->masks + batch->indices[0] * pixels, batch->masks, (size_t)(batch->count * pixels));
  for (int64_t i = 0; i < batch->count; i++) {
    truth->labels[batch->indices[i]] = (uint8_t)dataset->test.items[batch->indices[i]].label;
    if (batch->mask_missing[i]) truth->has_masks = false; /* a missing mask would count its defect as defect-free */
  }
}

SnTestResult *sn_mean_image_test(const SnMeanImage *model, const SnSimpleNetSettings *settings,
                                 const SnDataset *dataset, SnEvaluationCurves *curves, SnProgress progress,
                                 void *context) {
  int64_t images = dataset->test.count, pixels = model->crop * model->crop, done = 0;
  SnTestResult *result = new_result(images, model->crop);
  Truth truth = {.labels = sn_scope_allocate(images, 1, NULL),
                 .masks = sn_scope_allocate(images, (size_t)pixels, NULL),
                 .has_masks = dataset->has_masks};
  SnLoader *loader = open_loader(settings, dataset, &dataset->test, true);
  bool going = loader && (!progress || progress(context, 0, images));
  for (SnBatch batch; going && sn_loader_next(loader, &batch);) {
    if (!score_batch(model, settings, dataset, &batch, result)) break;
    note_truth(dataset, &batch, pixels, &truth);
    done += batch.count;
    going = !progress || progress(context, done, images);
  }
  sn_loader_close(loader);
  if (!sn_ok() || !going) return NULL;
  SnEvaluationData data = {.images = images,
                           .image_scores = result->image_scores,
                           .image_labels = truth.labels,
                           .height = model->crop,
                           .width = model->crop,
                           .maps = result->maps,
                           .masks = truth.has_masks ? truth.masks : NULL};
  return sn_evaluate(&data, &result->evaluation, curves) ? result : NULL;
}
