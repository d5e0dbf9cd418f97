#include "studies/category_run.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "studies/children.h"
#include "studies/shared_features.h"
#include "studies/trial_outputs.h"
#include "tensor/tensor.h"

enum { CHECKPOINT_SECONDS = 30 };

typedef struct CategoryRun {
  const SnSchedule *schedule;
  const SnStudyItem *item;
  int descriptor;
  double before, last; /* predicted seconds done before the present piece of work; when they were sent last */
} CategoryRun;

/* Of a piece of work that is predicted to take so many seconds. */
static void send_progress(CategoryRun *run, double seconds, int64_t done, int64_t total) {
  double now = sn_seconds(), share = total > 0 ? (double)done / (double)total : 0;
  if (now - run->last < 0.2) return;
  sn_child_send(run->descriptor, &(SnMessage){SN_MESSAGE_PROGRESS, {run->before + seconds * share}});
  run->last = now;
}

static bool extract(CategoryRun *run, SnSharedFeatures *shared) {
  double seconds = sn_item_features_cost(run->schedule, run->item);
  while (!sn_interrupted() && sn_shared_features_next(shared)) send_progress(run, seconds, shared->done, shared->total);
  if (shared->extraction) sn_extraction_end(shared->extraction); /* interrupted */
  run->before += seconds;
  return sn_ok() && !sn_interrupted();
}

/* Tests the run, and writes what it leaves behind. */
static bool finish(CategoryRun *run, SnTrial *trial, int64_t variant, int64_t seed, double start) {
  const SnStudy *study = run->schedule->study;
  SnEvaluationCurves curves = {0};
  if (sn_study_is_tested(study)) {
    trial->test = sn_run_test(trial->run, SN_SELECT_LAST, &curves);
    trial->curves = &curves;
  }
  trial->seconds = sn_seconds() - start;
  bool done = sn_ok() && sn_write_trial(study, variant, run->item->category, seed, trial);
  sn_evaluation_curves_free(&curves);
  return done;
}

/* False, without an error, when interrupted; then a checkpoint is there. */
static bool run_trial(CategoryRun *run, SnSharedFeatures *shared, int64_t number, int64_t seed,
                      const char *checkpoint) {
  const SnStudy *study = run->schedule->study;
  SnSettings settings = run->item->group->variants[number]->settings;
  SnRunOptions options = {.eval_every = sn_study_is_tested(study) ? study->eval_every : 0,
                          .checkpoint = checkpoint,
                          .checkpoint_seconds = CHECKPOINT_SECONDS,
                          .resume = true};
  double start = sn_seconds(), seconds = sn_item_trial_cost(run->schedule, run->item, number);
  settings.training.seed = study->seeds[seed];
  SnTrial trial = {.run = sn_shared_features_run(shared, &settings, &options)};
  if (!trial.run) return false;
  for (SnRunEvent event; !sn_interrupted() && sn_run_next(trial.run, &event);)
    send_progress(run, seconds, event.done, event.total);
  if (!sn_run_is_done(trial.run)) {
    sn_run_suspend(trial.run);
    return false;
  }
  int64_t variant = run->item->group->numbers[number];
  if (!finish(run, &trial, variant, seed, start)) return false;
  if (sn_is_file(checkpoint)) sn_file_remove(checkpoint);
  run->before += seconds;
  sn_child_send(run->descriptor, &(SnMessage){SN_MESSAGE_TRIAL, {run->before, (double)variant, (double)seed}});
  return sn_ok();
}

/* In its folder, with a checkpoint there. */
static bool run_trial_in_folder(CategoryRun *run, SnSharedFeatures *shared, int64_t number, int64_t seed) {
  const SnStudyItem *item = run->item;
  char *folder = sn_study_trial_folder(run->schedule->study, item->group->numbers[number], item->category, seed);
  char *checkpoint = folder && sn_make_directories(folder) ? sn_path_join(folder, "checkpoint.safetensors") : NULL;
  SnScope *scope = checkpoint ? sn_scope_open() : NULL;
  bool done = scope && run_trial(run, shared, number, seed, checkpoint);
  sn_scope_close(scope);
  free(checkpoint);
  free(folder);
  return done;
}

/* The absent trials, variant by variant and in each seed by seed. */
static bool run_all(CategoryRun *run, SnDataset *dataset, SnLargeMemory *memory) {
  const SnStudy *study = run->schedule->study;
  const SnStudyGroup *group = run->item->group;
  SnSharedFeatures *shared =
      sn_shared_features_new(dataset, group->variants, group->count, sn_study_is_tested(study), memory);
  bool going = shared && extract(run, shared);
  for (int64_t v = 0; v < group->count && going; v++)
    for (int64_t s = 0; s < study->seed_count && going; s++)
      if (!sn_trial_exists(study, group->numbers[v], run->item->category, s))
        going = run_trial_in_folder(run, shared, v, s);
  return going && sn_ok();
}

bool sn_run_category(const SnSchedule *schedule, const SnStudyOptions *options, const SnStudyItem *item,
                     int descriptor) {
  const SnStudy *study = schedule->study;
  SnDataset dataset;
  if (!sn_study_use_device(options, study->threads) ||
      !sn_dataset_open(study->data, study->categories[item->category].name, study->layout, &dataset))
    return false;
  CategoryRun run = {.schedule = schedule, .item = item, .descriptor = descriptor};
  SnLargeMemory memory = {.limit = sn_item_feature_budget(schedule, item)};
  SnScope *scope = sn_scope_open();
  bool done = run_all(&run, &dataset, &memory);
  sn_scope_close(scope);
  sn_dataset_free(&dataset);
  return done;
}
