#include "models/simplenet/features.h"

#include <string.h>

#include "models/simplenet/local_features.h"

enum { IMAGES_AT_ONCE = 8 };

/* Fills in the places first … first + count - 1. */
static bool extract_batch(SnSimpleNet *model, const SnBatch *batch, int64_t first, SnFeatures *features) {
  int64_t crop = model->settings.crop, cells = crop * crop;
  SnScope *scope = sn_scope_open();
  SnTensor *images = sn_from_host(SN_FLOAT32, SN_SHAPE(batch->count, 3, crop, crop), batch->images);
  SnTensor *rows = sn_local_features(&model->settings, model->backbone, images);
  if (rows) {
    const SnArray *all = &features->rows->array;
    SnTensor *place = sn_view(features->rows, 3, rows->array.shape, all->stride, first * all->stride[0]);
    if (place) sn_copy_into(place, rows);
  }
  if (features->masks && sn_ok()) {
    memcpy(features->masks + first * cells, batch->masks, (size_t)(batch->count * cells));
    memcpy(features->mask_missing + first, batch->mask_missing, (size_t)batch->count);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* Takes the broken samples out of the list; false when none is left. */
static bool drop_broken(const SnBroken *broken, SnSamples *samples, SnNames *skipped) {
  int64_t count = broken->messages.count;
  if (count > 0 && count == samples->count)
    return sn_fail("none of %lld images can be read; the first: %s", (long long)count, broken->messages.items[0]);
  for (int64_t i = 0; i < count && sn_ok(); i++) sn_names_append(skipped, broken->messages.items[i]);
  sn_samples_remove(samples, broken->indices, count);
  return sn_ok();
}

/* readable NULL: every sample must be loaded; else it is the list `samples`, from which broken ones are taken out. */
static SnFeatures *extract(SnSimpleNet *model, const SnDataset *dataset, const SnSamples *samples, SnSamples *readable,
                           bool with_masks, SnNames *skipped, SnProgress progress, void *context) {
  SnFeatures *features = sn_scope_allocate(1, sizeof *features, NULL);
  if (!features) return NULL;
  int64_t crop = model->settings.crop, count = samples->count;
  features->rows = sn_empty(SN_FLOAT32, SN_SHAPE(count, model->grid * model->grid, model->channels));
  if (with_masks) features->masks = sn_scope_allocate(count, (size_t)(crop * crop), NULL);
  if (with_masks) features->mask_missing = sn_scope_allocate(count, sizeof(bool), NULL);
  SnLoaderOptions options = {
      .load = {.transform = sn_simplenet_transform(&model->settings), .mask_threshold = model->settings.mask_threshold},
      .batch_size = IMAGES_AT_ONCE,
      .masks = with_masks,
      .skip_broken = readable != NULL};
  SnLoader *loader = sn_ok() ? sn_loader_open(dataset, samples, &options) : NULL;
  int64_t done = 0;
  bool going = loader && (!progress || progress(context, done, count));
  for (SnBatch batch; going && sn_loader_next(loader, &batch);) {
    if (!extract_batch(model, &batch, done, features)) break;
    done += batch.count;
    going = !progress || progress(context, done, count);
  }
  if (going && readable && sn_ok()) {
    drop_broken(sn_loader_broken(loader), readable, skipped);
    count = readable->count;
    const SnArray *all = &features->rows->array;
    features->rows = sn_view(features->rows, SN_SHAPE(count, all->shape[1], all->shape[2]), all->stride, 0);
  }
  sn_loader_close(loader);
  return sn_ok() && done == count ? features : NULL;
}

SnFeatures *sn_extract_features(SnSimpleNet *model, const SnDataset *dataset, const SnSamples *samples, bool with_masks,
                                SnProgress progress, void *context) {
  return extract(model, dataset, samples, NULL, with_masks, NULL, progress, context);
}

SnFeatures *sn_extract_readable_features(SnSimpleNet *model, const SnDataset *dataset, SnSamples *samples,
                                         bool with_masks, SnNames *skipped, SnProgress progress, void *context) {
  return extract(model, dataset, samples, samples, with_masks, skipped, progress, context);
}
