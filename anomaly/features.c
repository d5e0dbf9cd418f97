#include "anomaly/features.h"

#include <string.h>

#include "anomaly/local_features.h"
#include "anomaly/planned_model.h"
#include "anomaly/view.h"

enum { IMAGES_AT_ONCE = 8 };

/* Images first … first + count - 1 of a level. */
static SnTensor *images_of(const SnTensor *level, int64_t first, int64_t count) {
  const SnArray *all = &level->array;
  return sn_view(level, 4, (int64_t[]){count, all->shape[1], all->shape[2], all->shape[3]}, all->stride,
                 first * all->stride[0]);
}

bool sn_features_levels(const SnFeatures *features, int64_t first, int64_t count, SnTensor **levels) {
  for (int i = 0; i < features->count && sn_ok(); i++) levels[i] = images_of(features->levels[i], first, count);
  return sn_ok();
}

SnTensor *sn_features_assembled(const SnModel *model, const SnFeatures *features, int64_t first, int64_t count) {
  SnTensor *levels[SN_MAX_LEVELS];
  if (!sn_features_levels(features, first, count, levels)) return NULL;
  return sn_assemble_levels(&model->settings, features->count, levels);
}

/* ---- extraction ---- */

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  return sn_feature_levels(context, inputs[0], outputs);
}

SnExtraction *sn_extraction_new(SnModel *model, const SnDataset *dataset, SnSamples *samples,
                                const SnExtractionOptions *options) {
  SnExtraction *extraction = sn_scope_allocate(1, sizeof *extraction, NULL);
  SnFeatures *features = sn_scope_allocate(1, sizeof *features, NULL);
  if (!features) return NULL;
  *extraction = (SnExtraction){
      .total = samples->count, .model = model, .samples = samples, .options = *options, .features = features};
  memcpy(features->scale, model->feature_scale, sizeof features->scale);
  SnLoaderOptions loading = {.load = sn_load_options(&model->settings),
                             .batch_size = IMAGES_AT_ONCE,
                             .masks = options->truth != NULL,
                             .skip_broken = options->skipped != NULL};
  extraction->plans = sn_scope_new(); /* not the innermost: it goes before the features do */
  sn_scope_enter(extraction->plans);
  extraction->planned = sn_model_planned_new(model, forward, model);
  sn_scope_leave(extraction->plans);
  if (sn_ok()) extraction->loader = sn_loader_open(dataset, samples, &loading);
  if (extraction->loader) return extraction;
  sn_scope_free(extraction->plans);
  return NULL;
}

/* Makes the levels for all images once the first batch shows their shapes. */
static bool make_levels(SnExtraction *extraction, int count, SnTensor *const *levels) {
  SnFeatures *features = extraction->features;
  features->count = count;
  for (int i = 0; i < count && sn_ok(); i++) {
    const int64_t *shape = levels[i]->array.shape;
    features->levels[i] = sn_keep(sn_empty_large(SN_FLOAT32, SN_SHAPE(extraction->total, shape[1], shape[2], shape[3]),
                                                 extraction->options.memory));
  }
  return sn_ok();
}

bool sn_extraction_next(SnExtraction *extraction) {
  SnBatch batch;
  if (!extraction || !sn_loader_next(extraction->loader, &batch)) return false;
  SnFeatures *features = extraction->features;
  SnSize crop = extraction->model->settings.view.crop;
  int64_t first = extraction->done;
  SnTensor *levels[SN_PLAN_MAX_OUTPUTS];
  SnScope *scope = sn_scope_open();
  SnTensor *input = sn_from_host(SN_FLOAT32, SN_SHAPE(batch.count, 3, crop.height, crop.width), batch.images);
  if (first == 0 && input) sn_check_feature_memory(input);
  int count = input ? sn_planned_run(extraction->planned, 1, &input, levels) : 0;
  if (count > 0 && (first > 0 || make_levels(extraction, count, levels)))
    for (int i = 0; i < count && sn_ok(); i++)
      sn_copy_into(images_of(features->levels[i], first, batch.count), levels[i]);
  if (extraction->options.truth && sn_ok()) sn_truth_add(extraction->options.truth, &batch, first);
  sn_scope_close(scope);
  extraction->done += batch.count;
  return sn_ok();
}

/* Takes the broken samples out of the list; false when none is left. */
static bool drop_broken(SnExtraction *extraction) {
  const SnBroken *broken = sn_loader_broken(extraction->loader);
  SnSamples *samples = extraction->samples;
  int64_t count = broken->messages.count;
  if (count > 0 && count == samples->count)
    return sn_fail("none of %lld images can be read; the first: %s", (long long)count, broken->messages.items[0]);
  for (int64_t i = 0; i < count && sn_ok(); i++)
    sn_names_append(extraction->options.skipped, broken->messages.items[i]);
  sn_samples_remove(samples, broken->indices, count);
  SnFeatures *features = extraction->features;
  for (int i = 0; i < features->count && sn_ok(); i++)
    features->levels[i] = images_of(features->levels[i], 0, samples->count);
  return sn_ok();
}

SnFeatures *sn_extraction_end(SnExtraction *extraction) {
  if (!extraction) return NULL;
  int64_t broken = sn_loader_broken(extraction->loader)->messages.count;
  bool whole = extraction->done + broken == extraction->total;
  if (whole && extraction->options.skipped && sn_ok()) drop_broken(extraction);
  extraction->features->facts = *sn_loader_facts(extraction->loader);
  sn_loader_close(extraction->loader);
  sn_scope_free(extraction->plans);
  return sn_ok() && whole ? extraction->features : NULL;
}

SnFeatures *sn_extract_features(SnModel *model, const SnDataset *dataset, SnSamples *samples,
                                const SnExtractionOptions *options) {
  SnExtraction *extraction = sn_extraction_new(model, dataset, samples, options);
  while (sn_extraction_next(extraction)) continue;
  return sn_extraction_end(extraction);
}
