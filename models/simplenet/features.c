#include "models/simplenet/features.h"

#include <string.h>

#include "models/simplenet/local_features.h"
#include "models/simplenet/planned.h"

enum { IMAGES_AT_ONCE = 8 };

/* Images first … first + count - 1 of a part. */
static SnTensor *images_of(const SnTensor *part, int64_t first, int64_t count) {
  const SnArray *all = &part->array;
  return sn_view(part, 3, (int64_t[]){count, all->shape[1], all->shape[2]}, all->stride, first * all->stride[0]);
}

bool sn_features_parts(const SnFeatures *features, int64_t first, int64_t count, SnTensor **parts) {
  for (int i = 0; i < features->part_count && sn_ok(); i++) parts[i] = images_of(features->parts[i], first, count);
  return sn_ok();
}

SnTensor *sn_features_rows(const SnFeatures *features, int64_t first, int64_t count) {
  SnTensor *parts[SN_MAX_LEVELS];
  return sn_features_parts(features, first, count, parts) ? sn_assemble_parts(features->part_count, parts) : NULL;
}

/* Makes room for all images once the first batch shows the parts' shapes. */
static bool make_room(SnFeatures *features, int count, SnTensor *const *parts, int64_t images, SnLargeMemory *memory) {
  features->part_count = count;
  for (int i = 0; i < count && sn_ok(); i++) {
    const int64_t *shape = parts[i]->array.shape;
    features->parts[i] = sn_keep(sn_empty_large(SN_FLOAT32, SN_SHAPE(images, shape[1], shape[2]), memory));
  }
  return sn_ok();
}

/* Fills in the places first … first + count - 1 of `images` in all. */
static bool extract_batch(SnPlanned *planned, const SnSimpleNet *model, const SnBatch *batch, int64_t first,
                          int64_t images, SnFeatures *features) {
  int64_t crop = model->settings.crop, cells = crop * crop;
  SnTensor *parts[SN_PLAN_MAX_OUTPUTS];
  SnScope *scope = sn_scope_open();
  SnTensor *input = sn_from_host(SN_FLOAT32, SN_SHAPE(batch->count, 3, crop, crop), batch->images);
  int count = input ? sn_planned_run(planned, 1, &input, parts) : 0;
  if (count > 0 && (first > 0 || make_room(features, count, parts, images, model->feature_memory)))
    for (int i = 0; i < count && sn_ok(); i++)
      sn_copy_into(images_of(features->parts[i], first, batch->count), parts[i]);
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
  if (with_masks) features->masks = sn_scope_allocate(count, (size_t)(crop * crop), NULL);
  if (with_masks) features->mask_missing = sn_scope_allocate(count, sizeof(bool), NULL);
  SnLoaderOptions options = {.load = sn_simplenet_load_options(&model->settings),
                             .batch_size = IMAGES_AT_ONCE,
                             .masks = with_masks,
                             .skip_broken = readable != NULL};
  SnScope *plans = sn_scope_open();
  SnPlanned *planned = sn_planned_new(model, SN_PLANNED_PARTS);
  sn_scope_leave(plans); /* it is to go before the features do */
  SnLoader *loader = sn_ok() ? sn_loader_open(dataset, samples, &options) : NULL;
  int64_t done = 0;
  bool going = loader && (!progress || progress(context, done, count));
  for (SnBatch batch; going && sn_loader_next(loader, &batch);) {
    if (!extract_batch(planned, model, &batch, done, count, features)) break;
    done += batch.count;
    going = !progress || progress(context, done, count);
  }
  if (going && readable && sn_ok()) {
    drop_broken(sn_loader_broken(loader), readable, skipped);
    count = readable->count;
    for (int i = 0; i < features->part_count && sn_ok(); i++)
      features->parts[i] = images_of(features->parts[i], 0, count);
  }
  if (loader) features->facts = *sn_loader_facts(loader);
  sn_loader_close(loader);
  sn_scope_free(plans);
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
