#include "models/simplenet/run.h"

#include <math.h>

#include "base/clock.h"
#include "models/simplenet/checkpoint.h"

/* Progress over the training and the test images as one. */
typedef struct Offset {
  const SnRunListener *listener;
  int64_t before, total;
} Offset;

static bool offset_progress(void *context, int64_t done, int64_t total) {
  const Offset *offset = context;
  (void)total;
  return offset->listener->features(offset->listener->context, offset->before + done, offset->total);
}

static SnFeatures *extract_list(SnRun *run, SnSamples *samples, bool with_masks, bool skip_broken, SnProgress progress,
                                void *context) {
  if (!skip_broken) return sn_extract_features(run->model, run->dataset, samples, with_masks, progress, context);
  return sn_extract_readable_features(run->model, run->dataset, samples, with_masks, run->skipped, progress, context);
}

static bool extract(SnRun *run, SnDataset *dataset, bool skip_broken, const SnRunListener *listener) {
  Offset offset = {listener, 0, dataset->train.count + dataset->test.count};
  SnProgress progress = listener->features ? offset_progress : NULL;
  double start = sn_seconds();
  run->train_features = extract_list(run, &dataset->train, false, skip_broken, progress, &offset);
  offset.before = dataset->train.count;
  if (run->train_features) run->test_features = extract_list(run, &dataset->test, true, skip_broken, progress, &offset);
  run->seconds_features = sn_seconds() - start;
  return run->test_features != NULL;
}

/* Copies of the head's tensors under their names. */
static SnStateDict *copy_head(const SnModule *head) {
  SnStateDict *state = sn_state_dict_new();
  if (!state || !sn_module_state(head, "", state)) return NULL;
  for (int64_t i = 0; i < state->tensor_count && sn_ok(); i++)
    state->tensors[i].tensor = sn_copy_of(state->tensors[i].tensor);
  return sn_ok() ? state : NULL;
}

static void release_names(void *names) { sn_names_free(names); }

static SnRun *new_run(SnSimpleNet *model, const SnDataset *dataset) {
  SnRun *run = sn_scope_allocate(1, sizeof *run, NULL);
  if (!run) return NULL;
  run->model = model;
  run->dataset = dataset;
  run->rows = sn_scope_allocate(model->settings.epochs, sizeof *run->rows, NULL);
  run->skipped = sn_scope_allocate(1, sizeof *run->skipped, release_names);
  return sn_ok() ? run : NULL;
}

static bool begin_training(SnRun *run) {
  run->training = sn_training_new(run->model, run->train_features->part_count, run->train_features->parts);
  return sn_ok();
}

SnRun *sn_run_new(SnSimpleNet *model, SnDataset *dataset, bool keep_best, bool skip_broken,
                  const SnRunListener *listener) {
  if (!sn_ok()) return NULL;
  if (dataset->train.count == 0)
    return sn_fail_null("%s: the category %s has no images to train on", dataset->root, dataset->category);
  SnRun *run = new_run(model, dataset);
  if (!run || !extract(run, dataset, skip_broken, listener) || !begin_training(run)) return NULL;
  if (keep_best) run->best_head = copy_head(&model->head);
  return sn_ok() ? run : NULL;
}

SnRun *sn_run_on_features(SnSimpleNet *model, const SnDataset *dataset, SnFeatures *train_features,
                          SnFeatures *test_features) {
  if (!sn_ok()) return NULL;
  SnRun *run = new_run(model, dataset);
  if (!run) return NULL;
  run->train_features = train_features;
  run->test_features = test_features;
  return begin_training(run) ? run : NULL;
}

static bool is_better(const SnEvaluation *candidate, const SnRun *run) {
  double image = candidate->image_auroc.value, pixel = candidate->pixel_auroc.value;
  if (candidate->image_auroc.reason) return false; /* nothing to choose by */
  if (run->best_epoch == 0 || image > run->best.image_auroc.value) return true;
  return image == run->best.image_auroc.value && pixel > run->best.pixel_auroc.value;
}

static bool test_epoch(SnRun *run, SnEvaluation *evaluation) {
  SnScope *scope = sn_scope_open();
  SnTestResult *result = sn_simplenet_test(run->model, run->dataset, run->test_features, NULL);
  if (result) *evaluation = result->evaluation;
  if (result && is_better(evaluation, run)) {
    run->best_epoch = run->training->epoch;
    run->best = *evaluation;
    SnStateDict *now = run->best_head ? sn_state_dict_new() : NULL;
    if (now && sn_module_state(&run->model->head, "", now))
      for (int64_t i = 0; i < now->tensor_count && sn_ok(); i++)
        sn_copy_into(run->best_head->tensors[i].tensor, now->tensors[i].tensor);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* One epoch and, where it is due, its test; false when the run is to end. */
static bool train_epoch(SnRun *run, int64_t eval_every, const SnRunListener *listener) {
  SnTraining *training = run->training;
  SnEpochRow row = {.seconds = run->seconds_in_epoch};
  double start = sn_seconds();
  bool whole = sn_training_epoch(training, &row.result, listener->steps, listener->context);
  row.seconds += sn_seconds() - start;
  run->seconds_in_epoch = whole ? 0 : row.seconds;
  if (!whole) return false;
  if (!isfinite(row.result.loss))
    return sn_fail("epoch %lld: the loss is not a finite number; smaller learning rates may help",
                   (long long)training->epoch);
  row.epoch = training->epoch;
  run->rows[training->epoch - 1] = row;
  SnEvaluation evaluation;
  bool is_last = training->epoch == run->model->settings.epochs;
  bool tested = eval_every > 0 && (is_last || training->epoch % eval_every == 0);
  if (tested && !test_epoch(run, &evaluation)) return false;
  if (listener->epoch) listener->epoch(listener->context, run, tested ? &evaluation : NULL);
  return true;
}

bool sn_run_train(SnRun *run, int64_t eval_every, const char *checkpoint, double checkpoint_seconds,
                  const SnRunListener *listener) {
  int64_t epochs = run->model->settings.epochs;
  double last_save = sn_seconds();
  bool going = true;
  while (going && sn_ok() && run->training->epoch < epochs) {
    going = train_epoch(run, eval_every, listener);
    if (!checkpoint || (going && sn_seconds() - last_save < checkpoint_seconds)) continue;
    sn_checkpoint_write(run, checkpoint);
    last_save = sn_seconds();
  }
  return sn_ok() && run->training->epoch == epochs;
}

SnTestResult *sn_run_test(SnRun *run, SnSelection selection, SnEvaluationCurves *curves) {
  if (!sn_ok()) return NULL;
  if (selection == SN_SELECT_BEST_TEST) {
    if (!run->best_head || run->best_epoch == 0)
      return sn_fail_null("there is no best epoch on the test set: it holds no defective or no good images");
    SnModule *head = &run->model->head;
    if (!sn_module_load(head, run->best_head, "", NULL, "the best epoch")) return NULL;
  }
  return sn_simplenet_test(run->model, run->dataset, run->test_features, curves);
}
