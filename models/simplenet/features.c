#include "models/simplenet/features.h"

#include <string.h>

#include "models/simplenet/local_features.h"

enum { IMAGES_AT_ONCE = 8 };

static bool extract_batch(SnSimpleNet *model, const SnBatch *batch, SnFeatures *features) {
  int64_t crop = model->settings.crop, cells = crop * crop;
  SnScope *scope = sn_scope_open();
  SnTensor *images = sn_from_host(SN_FLOAT32, SN_SHAPE(batch->count, 3, crop, crop), batch->images);
  SnTensor *rows = sn_local_features(&model->settings, model->backbone, images);
  if (rows) {
    const SnArray *all = &features->rows->array;
    SnTensor *place = sn_view(features->rows, 3, rows->array.shape, all->stride, batch->indices[0] * all->stride[0]);
    if (place) sn_copy_into(place, rows);
  }
  if (features->masks && sn_ok()) {
    memcpy(features->masks + batch->indices[0] * cells, batch->masks, (size_t)(batch->count * cells));
    memcpy(features->mask_missing + batch->indices[0], batch->mask_missing, (size_t)batch->count);
  }
  sn_scope_close(scope);
  return sn_ok();
}

SnFeatures *sn_extract_features(SnSimpleNet *model, const SnDataset *dataset, const SnSamples *samples, bool with_masks,
                                SnProgress progress, void *context) {
  SnFeatures *features = sn_scope_allocate(1, sizeof *features, NULL);
  if (!features) return NULL;
  int64_t crop = model->settings.crop, count = samples->count;
  features->rows = sn_empty(SN_FLOAT32, SN_SHAPE(count, model->grid * model->grid, model->channels));
  if (with_masks) features->masks = sn_scope_allocate(count, (size_t)(crop * crop), NULL);
  if (with_masks) features->mask_missing = sn_scope_allocate(count, sizeof(bool), NULL);
  SnLoaderOptions options = {
      .load = {.transform = sn_simplenet_transform(&model->settings), .mask_threshold = model->settings.mask_threshold},
      .batch_size = IMAGES_AT_ONCE,
      .masks = with_masks};
  SnLoader *loader = sn_ok() ? sn_loader_open(dataset, samples, &options) : NULL;
  int64_t done = 0;
  bool going = loader && (!progress || progress(context, done, count));
  for (SnBatch batch; going && sn_loader_next(loader, &batch);) {
    if (!extract_batch(model, &batch, features)) break;
    done += batch.count;
    going = !progress || progress(context, done, count);
  }
  sn_loader_close(loader);
  return sn_ok() && done == count ? features : NULL;
}
