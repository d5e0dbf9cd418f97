#include "studies/category_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "studies/children.h"
#include "studies/experiment.h"
#include "studies/trial_outputs.h"
#include "tensor/tensor.h"

typedef struct Listener {
  const SnSchedule *schedule;
  const SnStudyItem *item;
  int descriptor;
  double before, last; /* predicted seconds done before the present trial; when they were sent last */
  char checkpoint[1024];
} Listener;

static bool send_progress(Listener *listener, double seconds) {
  double now = sn_seconds();
  if (now - listener->last > 0.2) {
    sn_child_send(listener->descriptor, &(SnMessage){SN_MESSAGE_PROGRESS, {listener->before + seconds}});
    listener->last = now;
  }
  return !sn_interrupted();
}

static double share_of(double all, int64_t done, int64_t total) {
  return total > 0 ? all * (double)done / (double)total : 0;
}

static bool hear_features(void *context, int64_t done, int64_t total) {
  Listener *listener = context;
  return send_progress(listener, share_of(sn_item_features_cost(listener->schedule, listener->item), done, total));
}

static bool is_wanted(void *context, int64_t variant, int64_t seed) {
  const Listener *listener = context;
  const SnStudyItem *item = listener->item;
  return !sn_trial_exists(listener->schedule->study, item->group->numbers[variant], item->category, seed);
}

static const char *checkpoint_of(void *context, int64_t variant, int64_t seed) {
  Listener *listener = context;
  const SnStudyItem *item = listener->item;
  char *folder = sn_study_trial_folder(listener->schedule->study, item->group->numbers[variant], item->category, seed);
  bool made = folder && sn_make_directories(folder);
  int length =
      made ? snprintf(listener->checkpoint, sizeof listener->checkpoint, "%s/checkpoint.safetensors", folder) : 0;
  if (made && length >= (int)sizeof listener->checkpoint) sn_fail("%s: the path is too long", folder);
  free(folder);
  return sn_ok() ? listener->checkpoint : NULL;
}

static bool hear_step(void *context, int64_t variant, int64_t seed, int64_t done, int64_t total) {
  Listener *listener = context;
  (void)seed;
  if (listener->before == 0) listener->before = sn_item_features_cost(listener->schedule, listener->item);
  return send_progress(listener,
                       share_of(sn_item_trial_cost(listener->schedule, listener->item, variant), done, total));
}

static bool finish_trial(void *context, const SnTrial *trial) {
  Listener *listener = context;
  const SnStudyItem *item = listener->item;
  int64_t variant = item->group->numbers[trial->variant];
  if (!sn_write_trial(listener->schedule->study, variant, item->category, trial->seed, trial)) return false;
  listener->before += sn_item_trial_cost(listener->schedule, item, trial->variant);
  sn_child_send(listener->descriptor,
                &(SnMessage){SN_MESSAGE_TRIAL, {listener->before, (double)variant, (double)trial->seed}});
  return true;
}

bool sn_run_category(const SnSchedule *schedule, const SnStudyOptions *options, const SnStudyItem *item,
                     int descriptor) {
  const SnStudy *study = schedule->study;
  SnDataset dataset;
  if (!sn_study_use_device(options, study->threads) ||
      !sn_dataset_open(study->data, study->categories[item->category].name, study->layout, &dataset))
    return false;
  Listener listener = {.schedule = schedule, .item = item, .descriptor = descriptor};
  SnLargeMemory memory = {.limit = sn_item_feature_budget(schedule, item)};
  SnExperiment experiment = {&dataset,          item->group->variants, item->group->count,         study->seeds,
                             study->seed_count, study->eval_every,     !sn_study_is_tested(study), &memory};
  SnExperimentListener hooks = {&listener, hear_features, is_wanted, checkpoint_of, hear_step, finish_trial};
  bool done = sn_experiment_run(&experiment, &hooks);
  sn_dataset_free(&dataset);
  return done;
}
