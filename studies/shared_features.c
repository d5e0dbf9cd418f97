#include "studies/shared_features.h"

#include "anomaly/feature_scale.h"
#include "base/clock.h"

static int64_t image_count(const SnSharedFeatures *shared) {
  const SnDataset *dataset = shared->dataset;
  return dataset->train.count + dataset->calibration.count + (shared->tested ? dataset->test.count : 0);
}

SnSharedFeatures *sn_shared_features_new(SnDataset *dataset, const SnVariant *const *variants, int64_t count,
                                         bool tested, SnLargeMemory *memory) {
  if (dataset->train.count == 0)
    return sn_fail_null("%s: the category %s has no images to train on", dataset->root, dataset->category);
  SnSharedFeatures *shared = sn_scope_allocate(1, sizeof *shared, NULL);
  SnSettings settings = sn_variants_feature_settings(variants, count);
  if (!shared) return NULL;
  shared->extractor = sn_model_new(&settings, variants[0]->weights);
  shared->dataset = dataset;
  shared->memory = memory;
  shared->tested = tested;
  shared->total = image_count(shared);
  return sn_ok() ? shared : NULL;
}

/* The images whose features are next, where those go, and how many came before. */
static SnSamples *next_samples(SnSharedFeatures *shared, SnFeatures ***features, int64_t *before) {
  SnDataset *dataset = shared->dataset;
  *before = shared->train ? dataset->train.count : 0;
  *features = &shared->train;
  if (!shared->train) return &dataset->train;
  *features = &shared->calibration;
  if (!shared->calibration && dataset->calibration.count > 0) return &dataset->calibration;
  *before += dataset->calibration.count;
  *features = &shared->test;
  return &dataset->test;
}

static bool begin(SnSharedFeatures *shared) {
  SnDataset *dataset = shared->dataset;
  SnFeatures **features;
  int64_t before;
  SnSamples *samples = next_samples(shared, &features, &before);
  if (samples == &dataset->test)
    shared->truth = sn_truth_new(dataset->test.count, shared->extractor->settings.view.crop);
  SnExtractionOptions options = {.truth = shared->truth, .skipped = shared->skipped, .memory = shared->memory};
  if (sn_ok()) shared->extraction = sn_extraction_new(shared->extractor, dataset, samples, &options);
  return shared->extraction != NULL;
}

static bool is_done(const SnSharedFeatures *shared) {
  bool calibrated = shared->calibration || shared->dataset->calibration.count == 0;
  return shared->train && calibrated && (shared->test || !shared->tested);
}

static bool take_batch(SnSharedFeatures *shared) {
  SnFeatures **place;
  int64_t before;
  next_samples(shared, &place, &before);
  if (sn_extraction_next(shared->extraction)) {
    shared->done = before + shared->extraction->done;
    return true;
  }
  SnFeatures *features = sn_extraction_end(shared->extraction);
  shared->extraction = NULL;
  if (!features || (!shared->train && !sn_features_to_scale(shared->extractor, features))) return false;
  *place = features;
  shared->total = image_count(shared);
  if (is_done(shared) && shared->extractor->backbone) sn_backbone_release(shared->extractor->backbone);
  return true;
}

bool sn_shared_features_next(SnSharedFeatures *shared) {
  if (!sn_ok() || is_done(shared)) return false;
  double start = sn_seconds();
  bool going = (shared->extraction || begin(shared)) && take_batch(shared);
  shared->seconds += sn_seconds() - start;
  return going;
}

/* Those of the extractor's levels that the settings name. Pooled levels are those of all variants. */
static SnFeatures *levels_of(const SnSharedFeatures *shared, const SnSettings *settings, const SnFeatures *all) {
  SnFeatures *own = sn_scope_allocate(1, sizeof *own, NULL);
  if (!own || !all) return NULL;
  *own = *all;
  if (!sn_levels_are_independent(settings)) return own;
  const SnLevels *extracted = &shared->extractor->settings.features.levels;
  own->count = 0;
  for (int i = 0; i < extracted->count; i++)
    if (sn_level_index(&settings->features.levels, extracted->numbers[i]) >= 0) {
      own->scale[own->count] = all->scale[i];
      own->levels[own->count++] = all->levels[i];
    }
  return own;
}

SnRun *sn_shared_features_run(SnSharedFeatures *shared, const SnSettings *settings, const SnRunOptions *options) {
  SnModel *model = sn_model_new_beside(settings, shared->extractor);
  SnFeatures *train = model ? levels_of(shared, settings, shared->train) : NULL;
  SnFeatures *test = train && shared->test ? levels_of(shared, settings, shared->test) : NULL;
  SnFeatures *calibration = train && shared->calibration ? levels_of(shared, settings, shared->calibration) : NULL;
  if (!train) return NULL;
  SnRun *run = sn_run_on_features(model, shared->dataset, train, test, shared->truth, options);
  if (run) run->seconds_features = shared->seconds;
  if (run) run->calibration_features = calibration;
  return run;
}
