#include "studies/experiment.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "models/simplenet/checkpoint.h"
#include "models/simplenet/local_features.h"

enum { CHECKPOINT_SECONDS = 30 };

typedef struct Runner {
  const SnExperiment *experiment;
  const SnExperimentListener *listener;
  SnSimpleNet *extractor; /* whose backbone gave the features */
  SnFeatures *train, *test;
  int64_t variant, seed, images_before; /* of features, and then of the trial that is running */
  double seconds_features;
  const SnRun *run;
} Runner;

/* ---- features ---- */

static bool show_features(void *context, int64_t done, int64_t total) {
  const Runner *runner = context;
  const SnDataset *dataset = runner->experiment->dataset;
  (void)total;
  return runner->listener->features(runner->listener->context, runner->images_before + done,
                                    dataset->train.count + (runner->experiment->untested ? 0 : dataset->test.count));
}

static bool extract(Runner *runner) {
  const SnExperiment *experiment = runner->experiment;
  SnDataset *dataset = experiment->dataset;
  SnSimpleNetSettings settings = sn_variants_feature_settings(experiment->variants, experiment->variant_count);
  runner->extractor = sn_simplenet_new(&settings, experiment->variants[0]->weights);
  if (!runner->extractor) return false;
  runner->extractor->feature_memory = experiment->feature_memory;
  runner->train = sn_extract_features(runner->extractor, dataset, &dataset->train, false, show_features, runner);
  if (!runner->train || experiment->untested) return runner->train != NULL;
  runner->images_before = dataset->train.count;
  runner->test = sn_extract_features(runner->extractor, dataset, &dataset->test, true, show_features, runner);
  return runner->test != NULL;
}

/* The parts of the levels that a variant uses. */
static SnFeatures *features_of(const Runner *runner, const SnSimpleNetSettings *settings, const SnFeatures *all) {
  SnFeatures *own = sn_scope_allocate(1, sizeof *own, NULL);
  if (!own || !all) return NULL;
  *own = *all;
  if (settings->features != SN_FEATURES_PAPER) return own;
  own->part_count = 0;
  for (int level = 0, part = 0; level < SN_SETTING_LAST_LEVEL; level++) {
    if (!(runner->extractor->settings.levels >> level & 1)) continue;
    if (settings->levels >> level & 1) own->parts[own->part_count++] = all->parts[part];
    part++;
  }
  return own;
}

/* ---- trials ---- */

static bool show_steps(void *context, int64_t done, int64_t total) {
  const Runner *runner = context;
  int64_t epoch = runner->run->training->epoch, epochs = runner->run->model->settings.epochs;
  return runner->listener->step(runner->listener->context, runner->variant, runner->seed, epoch * total + done,
                                epochs * total);
}

/* A head of its own on the features that stand. */
static SnSimpleNet *new_head(const Runner *runner, const SnSimpleNetSettings *settings) {
  const SnBackbone *backbone = runner->extractor->backbone;
  SnSimpleNet *model = sn_simplenet_new_head(settings, sn_local_feature_channels(settings, backbone), SN_FLOAT32);
  if (!model) return NULL;
  model->grid = sn_local_feature_grid(settings, backbone);
  snprintf(model->backbone_sha256, sizeof model->backbone_sha256, "%s", runner->extractor->backbone_sha256);
  return model;
}

static bool run_trial(Runner *runner) {
  const SnExperiment *experiment = runner->experiment;
  const SnExperimentListener *listener = runner->listener;
  SnSimpleNetSettings settings = experiment->variants[runner->variant]->settings;
  settings.seed = experiment->seeds[runner->seed];
  SnSimpleNet *model = new_head(runner, &settings);
  if (!model) return false;
  SnFeatures *train = features_of(runner, &settings, runner->train);
  SnFeatures *test = runner->test ? features_of(runner, &settings, runner->test) : NULL;
  SnRun *run = sn_run_on_features(model, experiment->dataset, train, test);
  const char *checkpoint = listener->checkpoint(listener->context, runner->variant, runner->seed);
  if (!run || !checkpoint) return false;
  run->seconds_features = runner->seconds_features;
  if (sn_is_file(checkpoint) && !sn_checkpoint_read(run, checkpoint)) return false;
  double start = sn_seconds();
  runner->run = run;
  SnRunListener hooks = {.context = runner, .steps = show_steps};
  if (!sn_run_train(run, experiment->untested ? 0 : experiment->eval_every, checkpoint, CHECKPOINT_SECONDS, &hooks))
    return false;
  SnEvaluationCurves curves = {0};
  SnTrial trial = {.variant = runner->variant, .seed = runner->seed, .run = run};
  if (!experiment->untested) {
    trial.test = sn_run_test(run, SN_SELECT_LAST, &curves);
    trial.curves = &curves;
  }
  trial.seconds = sn_seconds() - start;
  bool done = sn_ok() && listener->finished(listener->context, &trial);
  sn_evaluation_curves_free(&curves);
  if (done) sn_file_remove(checkpoint);
  return done;
}

static bool is_wanted(const Runner *runner, int64_t variant, int64_t seed) {
  return runner->listener->wanted(runner->listener->context, variant, seed);
}

bool sn_experiment_run(const SnExperiment *experiment, const SnExperimentListener *listener) {
  if (!sn_ok()) return false;
  if (experiment->dataset->train.count == 0)
    return sn_fail("%s: the category %s has no images to train on", experiment->dataset->root,
                   experiment->dataset->category);
  Runner runner = {.experiment = experiment, .listener = listener};
  SnScope *scope = sn_scope_open();
  bool going = true;
  for (int64_t v = 0; v < experiment->variant_count && going && sn_ok(); v++) {
    for (int64_t s = 0; s < experiment->seed_count && going && sn_ok(); s++) {
      if (!is_wanted(&runner, v, s)) continue;
      double start = sn_seconds();
      if (!runner.train) {
        going = extract(&runner);
        runner.seconds_features = sn_seconds() - start;
      }
      runner.variant = v;
      runner.seed = s;
      SnScope *trial = going ? sn_scope_open() : NULL;
      going = trial && run_trial(&runner);
      sn_scope_close(trial);
    }
  }
  sn_scope_close(scope);
  return going && sn_ok();
}
