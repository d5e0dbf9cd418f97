#include "anomaly/run.h"

#include <math.h>
#include <string.h>

#include "anomaly/checkpoint.h"
#include "anomaly/feature_scale.h"
#include "base/clock.h"
#include "base/print.h"

enum { PHASE_TRAIN_FEATURES, PHASE_CALIBRATION_FEATURES, PHASE_TEST_FEATURES, PHASE_FIT, PHASE_DONE };

static void release_names(void *names) { sn_names_free(names); }

static SnRun *new_run(SnModel *model, SnDataset *dataset, const SnRunOptions *options) {
  if (!sn_ok()) return NULL;
  if (dataset->train.count == 0)
    return sn_fail_null("%s: the category %s has no images to train on", dataset->root, dataset->category);
  SnRun *run = sn_scope_allocate(1, sizeof *run, NULL);
  if (!run) return NULL;
  run->model = model;
  run->dataset = dataset;
  run->options = *options;
  run->epochs = sn_settings_epochs(&model->settings);
  run->rows = sn_scope_allocate(run->epochs, sizeof *run->rows, NULL);
  run->skipped = sn_scope_allocate(1, sizeof *run->skipped, release_names);
  return sn_ok() ? run : NULL;
}

SnRun *sn_run_new(SnModel *model, SnDataset *dataset, const SnRunOptions *options) {
  SnRun *run = new_run(model, dataset, options);
  if (run) run->phase_start = sn_seconds();
  return run;
}

/* ---- features ---- */

/* Those of the lists before this one, NULL: all. */
static int64_t images_before(const SnRun *run, const SnSamples *samples) {
  const SnSamples *lists[] = {&run->dataset->train, &run->dataset->calibration, &run->dataset->test};
  int64_t count = 0;
  for (int i = 0; i < 3 && lists[i] != samples; i++) count += lists[i]->count;
  return count;
}

/* The samples' features, then `next`: an event after each batch, and one before the first. */
static bool extract(SnRun *run, SnSamples *samples, SnFeatures **features, int next, SnRunEvent *event) {
  bool train = samples == &run->dataset->train, test = samples == &run->dataset->test;
  if (!run->extraction) {
    if (test) run->truth = sn_truth_new(samples->count, run->model->settings.view.crop);
    SnExtractionOptions options = {test ? run->truth : NULL, run->options.skip_broken ? run->skipped : NULL,
                                   run->options.memory};
    if (sn_ok()) run->extraction = sn_extraction_new(run->model, run->dataset, samples, &options);
    if (!run->extraction) return false;
  } else if (!sn_extraction_next(run->extraction)) {
    *features = sn_extraction_end(run->extraction);
    run->extraction = NULL;
    run->phase = next;
    if (!*features || (train && !sn_features_to_scale(run->model, *features))) return false;
  }
  int64_t done = run->extraction ? run->extraction->done : samples->count;
  *event = (SnRunEvent){
      .kind = SN_RUN_FEATURES, .done = images_before(run, samples) + done, .total = images_before(run, NULL)};
  return sn_ok();
}

/* ---- fit ---- */

/* Copies of the head's tensors under their names. */
static SnStateDict *copy_head(const SnModule *head) {
  SnStateDict *state = sn_state_dict_new();
  if (!state || !sn_module_state(head, "", state)) return NULL;
  for (int64_t i = 0; i < state->tensor_count && sn_ok(); i++)
    state->tensors[i].tensor = sn_copy_of(state->tensors[i].tensor);
  return sn_ok() ? state : NULL;
}

static bool begin_fit(SnRun *run) {
  SnModel *model = run->model;
  run->fit = sn_ok() ? model->settings.method->fit_new(model, run->train_features) : NULL;
  if (run->fit && run->options.keep_best) run->best_head = copy_head(&model->head);
  run->phase = PHASE_FIT;
  run->last_save = run->phase_start = sn_seconds();
  return sn_ok();
}

SnRun *sn_run_on_features(SnModel *model, SnDataset *dataset, SnFeatures *train_features, SnFeatures *test_features,
                          SnTruth *truth, const SnRunOptions *options) {
  SnRun *run = new_run(model, dataset, options);
  if (!run) return NULL;
  run->train_features = train_features;
  memcpy(model->feature_scale, train_features->scale, sizeof model->feature_scale);
  run->test_features = test_features;
  run->truth = truth;
  run->phase = PHASE_FIT;
  return run;
}

static bool can_be_resumed(const SnRun *run) {
  return run->options.checkpoint && run->model->settings.method->fit_save != NULL;
}

static bool get_ready(SnRun *run, SnRunEvent *event) {
  bool resumes = run->options.resume && can_be_resumed(run) && sn_is_file(run->options.checkpoint);
  if (run->model->backbone) sn_backbone_release(run->model->backbone); /* the rest needs the head only */
  if (run->seconds_features == 0 && run->phase_start > 0) run->seconds_features = sn_seconds() - run->phase_start;
  if (!begin_fit(run)) return false;
  if (resumes && !sn_checkpoint_read(run, run->options.checkpoint)) return false;
  if (run->epoch == run->epochs) run->phase = PHASE_DONE;
  *event = (SnRunEvent){.kind = SN_RUN_READY, .epoch = run->epoch};
  return sn_ok();
}

static bool is_better(const SnEvaluation *candidate, const SnRun *run) {
  double image = candidate->image_auroc.value, pixel = candidate->pixel_auroc.value;
  if (candidate->image_auroc.reason) return false; /* nothing to choose by */
  if (run->best_epoch == 0 || image > run->best.image_auroc.value) return true;
  return image == run->best.image_auroc.value && pixel > run->best.pixel_auroc.value;
}

static bool test_epoch(SnRun *run) {
  SnScope *scope = sn_scope_open();
  SnTestResult *result = sn_test(run->model, run->dataset, run->test_features, run->truth, NULL);
  if (result) run->evaluation = result->evaluation;
  if (result && is_better(&run->evaluation, run)) {
    run->best_epoch = run->epoch;
    run->best = run->evaluation;
    SnStateDict *now = run->best_head ? sn_state_dict_new() : NULL;
    if (now && sn_module_state(&run->model->head, "", now))
      for (int64_t i = 0; i < now->tensor_count && sn_ok(); i++) { /* a fit may change shapes */
        SnTensor *copy = sn_copy_of(now->tensors[i].tensor);
        if (copy) sn_become(run->best_head->tensors[i].tensor, copy);
      }
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool save(SnRun *run) {
  run->last_save = sn_seconds();
  return sn_checkpoint_write(run, run->options.checkpoint);
}

static void keep_ending(SnRun *run, const SnFitStep *step) {
  if (step->ending) sn_snprintf(run->ending, sizeof run->ending, "%s", step->ending);
}

/* The epoch's row, its test where it is due, and a checkpoint where that is due. */
static bool end_epoch(SnRun *run, const SnFitStep *step, SnRunEvent *event) {
  const SnMethod *method = run->model->settings.method;
  SnEpochRow *row = &run->rows[run->epoch++];
  *row = (SnEpochRow){.epoch = run->epoch, .seconds = run->seconds_in_epoch};
  run->seconds_in_epoch = 0;
  for (int i = 0; method->columns && method->columns[i]; i++) {
    row->columns[i] = step->columns[i];
    if (!isfinite(step->columns[i]))
      return sn_fail("epoch %lld: the %s is not a finite number; smaller learning rates may help",
                     (long long)run->epoch, method->columns[i]);
  }
  bool is_last = run->epoch == run->epochs || step->ends_fit;
  bool tested = run->options.eval_every > 0 && (is_last || run->epoch % run->options.eval_every == 0);
  if (tested && !test_epoch(run)) return false;
  event->kind = SN_RUN_EPOCH;
  event->epoch = run->epoch;
  event->row = row;
  event->evaluation = tested ? &run->evaluation : NULL;
  event->is_last = is_last;
  event->warning = step->warning;
  event->ending = step->ending;
  if (step->warning) sn_snprintf(run->warning, sizeof run->warning, "%s", step->warning);
  keep_ending(run, step);
  if (is_last) run->phase = PHASE_DONE;
  if (can_be_resumed(run) && sn_seconds() - run->last_save >= run->options.checkpoint_seconds) return save(run);
  return true;
}

static bool take_step(SnRun *run, SnRunEvent *event) {
  SnFitStep step = {.done = 0};
  double start = sn_seconds();
  if (!run->model->settings.method->fit_next(run->fit, &step)) {
    if (sn_ok()) run->phase = PHASE_DONE;
    keep_ending(run, &step);
    return false;
  }
  run->seconds_in_epoch += sn_seconds() - start;
  *event = (SnRunEvent){.kind = SN_RUN_STEP, .done = step.done, .total = step.total, .epoch = run->epoch};
  return !step.ends_epoch || end_epoch(run, &step, event);
}

/* ---- the whole ---- */

bool sn_run_next(SnRun *run, SnRunEvent *event) {
  if (!sn_ok() || !run) return false;
  switch (run->phase) {
    case PHASE_TRAIN_FEATURES:
      return extract(run, &run->dataset->train, &run->train_features,
                     run->dataset->calibration.count > 0 ? PHASE_CALIBRATION_FEATURES : PHASE_TEST_FEATURES, event);
    case PHASE_CALIBRATION_FEATURES:
      return extract(run, &run->dataset->calibration, &run->calibration_features, PHASE_TEST_FEATURES, event);
    case PHASE_TEST_FEATURES:
      return extract(run, &run->dataset->test, &run->test_features, PHASE_FIT, event);
    case PHASE_FIT:
      return run->fit ? take_step(run, event) : get_ready(run, event);
    default:
      return false;
  }
}

bool sn_run_is_done(const SnRun *run) { return sn_ok() && run->phase == PHASE_DONE; }

bool sn_run_suspend(SnRun *run) {
  if (run->extraction) sn_extraction_end(run->extraction);
  run->extraction = NULL;
  return sn_ok() && run->fit && run->phase == PHASE_FIT && can_be_resumed(run) && save(run);
}

SnTestResult *sn_run_test(SnRun *run, SnSelection selection, SnEvaluationCurves *curves) {
  if (!sn_ok()) return NULL;
  SnModel *model = run->model;
  if (selection == SN_SELECT_BEST_TEST) {
    if (!run->best_head || run->best_epoch == 0)
      return sn_fail_null("there is no best epoch on the test set: it holds no defective or no good images");
    if (!sn_module_load(&model->head, run->best_head, "", NULL, "the best epoch")) return NULL;
  }
  SnTestResult *result = sn_test(model, run->dataset, run->test_features, run->truth, curves);
  int64_t pixels = sn_size_pixels(model->settings.view.crop);
  if (!result) return NULL;
  model->calibration = sn_calibrate(result->maps, result->image_count * pixels, &result->evaluation);
  model->provenance = sn_provenance_of_training(run->dataset);
  if (run->calibration_features &&
      !sn_calibrate_on_features(model, run->dataset, run->calibration_features, run->options.false_alarms,
                                &model->calibration.false_alarms))
    return NULL;
  return result;
}
