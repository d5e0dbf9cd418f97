#include "tuning/view_features.h"

#include "anomaly/feature_scale.h"
#include "anomaly/method.h"

SnViewFeatures *sn_view_features_new(const SnSettings *settings, const char *weights, SnSplit *split, SnNames *skipped,
                                     SnLargeMemory *memory) {
  SnViewFeatures *features = sn_scope_allocate(1, sizeof *features, NULL);
  if (!features) return NULL;
  *features = (SnViewFeatures){.split = split,
                               .skipped = skipped,
                               .memory = memory,
                               .total = split->good.train.count,
                               .seed = (uint64_t)settings->training.seed};
  features->model = sn_model_new_backbone(settings, weights);
  return sn_ok() ? features : NULL;
}

/* ---- extraction ---- */

static bool begin_list(SnViewFeatures *features) {
  int round = features->list - 1;
  SnDataset *dataset = round < 0 ? &features->split->good : &features->split->rounds[round];
  SnSamples *samples = round < 0 ? &dataset->train : &dataset->test;
  SnExtractionOptions options = {.skipped = features->skipped, .memory = features->memory};
  if (round >= 0)
    options.truth = features->truths[round] = sn_truth_new(samples->count, features->model->settings.view.crop);
  if (sn_ok()) features->extraction = sn_extraction_new(features->model, dataset, samples, &options);
  return sn_ok();
}

static void count_all(SnViewFeatures *features) {
  features->total = features->split->good.train.count;
  for (int r = 0; r < SN_TUNING_ROUNDS; r++) features->total += features->split->rounds[r].test.count;
}

/* The first list says which photographs can be read, and how large the features are. */
static bool end_list(SnViewFeatures *features) {
  SnSplit *split = features->split;
  SnFeatures *all = sn_extraction_end(features->extraction);
  features->extraction = NULL;
  if (!all) return false;
  if (features->list > 0) {
    features->tests[features->list - 1] = all;
  } else {
    features->good = all;
    if (!sn_features_to_scale(features->model, all)) return false;
    if (split->held_out == 0 && !sn_split_divide(split, features->seed)) return false;
    count_all(features);
  }
  if (++features->list > SN_TUNING_ROUNDS && features->model->backbone) sn_backbone_release(features->model->backbone);
  return sn_ok();
}

bool sn_view_features_next(SnViewFeatures *features) {
  if (!sn_ok() || features->list > SN_TUNING_ROUNDS) return false;
  if (!features->extraction && !begin_list(features)) return false;
  int64_t before = features->extraction->done;
  if (!sn_extraction_next(features->extraction)) return end_list(features);
  features->done += features->extraction->done - before;
  return true;
}

void sn_view_features_stop(SnViewFeatures *features) {
  if (features->extraction) sn_extraction_end(features->extraction);
  features->extraction = NULL;
}

bool sn_view_features_serve(const SnViewFeatures *features, const SnSettings *settings) {
  return features->list > SN_TUNING_ROUNDS &&
         sn_settings_agree(&features->model->settings, settings, SN_GROUP_VIEW | SN_GROUP_FEATURES);
}

/* ---- rounds ---- */

static void exchange_images(const SnFeatures *features, int64_t a, int64_t b) {
  SnTensor *one[SN_MAX_LEVELS], *other[SN_MAX_LEVELS];
  SnScope *scope = sn_scope_open();
  if (sn_features_levels(features, a, 1, one) && sn_features_levels(features, b, 1, other))
    for (int i = 0; i < features->count && sn_ok(); i++) {
      SnTensor *copy = sn_copy_of(one[i]);
      sn_copy_into(one[i], other[i]);
      sn_copy_into(other[i], copy);
    }
  sn_scope_close(scope);
}

bool sn_view_features_exchange(SnViewFeatures *features, int round) {
  const SnSplit *split = features->split;
  for (int64_t i = 0; i < split->held_out && round > 0 && sn_ok(); i++)
    exchange_images(features->good, sn_split_first(split, round) + i, sn_split_first(split, 0) + i);
  return sn_ok();
}

SnFeatures *sn_view_features_kept(const SnViewFeatures *features) {
  SnFeatures *kept = sn_scope_allocate(1, sizeof *kept, NULL);
  if (!kept) return NULL;
  *kept = *features->good;
  return sn_features_levels(features->good, 0, sn_split_first(features->split, 0), kept->levels) ? kept : NULL;
}
