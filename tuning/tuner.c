#include "tuning/tuner.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

typedef enum Phase { NEXT_CANDIDATE, FEATURES, TRAINING, DONE } Phase;

struct SnTuner {
  const SnMethod *method;
  SnTunerOptions options;
  SnSettings given, start, best, candidate; /* start: the best at the beginning of the axis */
  int axis, position; /* of the next candidate in the method's table; axis -1: the given settings */
  SnTuning tuning;    /* its last trial is of the candidate */
  int start_trial, axis_first, best_trial;
  SnSplit *split;
  SnScope *view_scope, *training_scope;
  SnViewFeatures *view; /* in view_scope */
  SnRun *run;           /* in training_scope */
  double begin, trial_begin;
  Phase phase;
};

static void drop_training(SnTuner *tuner) {
  sn_scope_free(tuner->training_scope);
  tuner->training_scope = NULL;
  tuner->run = NULL;
}

static void drop_view(SnTuner *tuner) {
  drop_training(tuner);
  if (tuner->view) sn_view_features_stop(tuner->view);
  sn_scope_free(tuner->view_scope);
  tuner->view_scope = NULL;
  tuner->view = NULL;
}

static void release(void *memory) { drop_view(memory); }

SnTuner *sn_tuner_new(const SnSettings *settings, const SnDataset *dataset, const SnTunerOptions *options) {
  if (!sn_ok()) return NULL;
  if (!settings->method->tune)
    return sn_fail_null("the method %s has no settings that are chosen without labels", settings->method->name);
  if (dataset->train.count < SN_TUNING_LEAST_IMAGES)
    return sn_fail_null("%s: to choose settings, at least %d good training images are needed, and there are %lld",
                        dataset->category, SN_TUNING_LEAST_IMAGES, (long long)dataset->train.count);
  SnSplit *split = sn_split_new(dataset, (uint64_t)settings->training.seed); /* before what reads its photographs */
  SnTuner *tuner = split ? sn_scope_allocate(1, sizeof *tuner, release) : NULL;
  if (!tuner) return NULL;
  tuner->method = settings->method;
  tuner->options = *options;
  tuner->given = tuner->start = tuner->best = *settings;
  tuner->axis = -1;
  tuner->begin = sn_seconds();
  tuner->split = split;
  return tuner;
}

/* ---- candidates ---- */

static SnTuningTrial *current(SnTuner *tuner) { return &tuner->tuning.trials[tuner->tuning.count - 1]; }

/* The next settings that are worth a trial; false when there are none left. */
static bool choose_candidate(SnTuner *tuner) {
  if (tuner->axis < 0) {
    tuner->axis = 0;
    tuner->candidate = tuner->given;
    return true;
  }
  for (const SnTuneAxis *axis; (axis = &tuner->method->tune[tuner->axis])->name; tuner->axis++) {
    bool fits = sn_candidate_fits(axis->when, &tuner->start);
    while (fits && axis->candidates[tuner->position]) {
      tuner->candidate = tuner->start;
      if (sn_candidate_apply(axis->candidates[tuner->position++], tuner->options.fixed, &tuner->candidate)) return true;
    }
    tuner->position = 0;
    tuner->start = tuner->best;
    tuner->start_trial = tuner->best_trial;
    tuner->axis_first = tuner->tuning.count;
  }
  return false;
}

static bool begin_candidate(SnTuner *tuner) {
  if (tuner->tuning.count == SN_TUNING_MAX_TRIALS || !choose_candidate(tuner)) {
    tuner->phase = DONE;
    return false;
  }
  tuner->tuning.count++;
  SnTuningTrial *trial = current(tuner);
  *trial = (SnTuningTrial){.rounds = 0};
  sn_candidate_text(&tuner->candidate, &tuner->given, trial->changes);
  tuner->trial_begin = sn_seconds();
  tuner->phase = tuner->view && sn_view_features_serve(tuner->view, &tuner->candidate) ? TRAINING : FEATURES;
  if (tuner->phase == FEATURES) drop_view(tuner);
  return sn_ok();
}

/* The best so far, chosen anew with each trial of the axis, since with each the noise is known better. */
static void choose_best(SnTuner *tuner) {
  const SnTuning *tuning = &tuner->tuning;
  int best = tuner->start_trial;
  for (int t = tuner->axis_first; t < tuning->count; t++)
    if (sn_tuning_trial_is_whole(&tuning->trials[t]) && sn_tuning_trial_is_better(tuning, t, tuner->start_trial) &&
        sn_tuning_trial_score(&tuning->trials[t]) > sn_tuning_trial_score(&tuning->trials[best]))
      best = t;
  tuner->best_trial = best;
  tuner->best = tuner->given;
  if (tuning->trials[best].changes[0]) sn_candidate_apply(tuning->trials[best].changes, NULL, &tuner->best);
}

static void end_candidate(SnTuner *tuner, SnTunerEvent *event, const char *note) {
  SnTuningTrial *trial = current(tuner);
  trial->seconds = sn_seconds() - tuner->trial_begin;
  snprintf(trial->note, sizeof trial->note, "%s", note);
  drop_training(tuner);
  if (tuner->tuning.count > 1) choose_best(tuner);
  tuner->phase = NEXT_CANDIDATE;
  event->kind = SN_TUNER_TRIAL;
  event->trial = trial;
}

/* A candidate that cannot be computed is no reason to end: the settings that were given must be. */
static bool forgive(SnTuner *tuner, SnTunerEvent *event) {
  SnError error;
  if (sn_ok() || tuner->tuning.count < 2 || tuner->phase == NEXT_CANDIDATE || !sn_error_forgive(&error)) return false;
  end_candidate(tuner, event, error.message);
  drop_view(tuner); /* whose photographs may be exchanged by half */
  return sn_ok();
}

/* ---- features ---- */

static bool take_features(SnTuner *tuner, SnTunerEvent *event) {
  if (!tuner->view_scope) tuner->view_scope = sn_scope_new();
  if (!sn_scope_enter(tuner->view_scope)) return false;
  if (!tuner->view)
    tuner->view = sn_view_features_new(&tuner->candidate, tuner->options.weights, tuner->split, tuner->options.skipped,
                                       tuner->options.memory);
  if (tuner->view && !sn_view_features_next(tuner->view) && sn_ok()) tuner->phase = TRAINING;
  sn_scope_leave(tuner->view_scope);
  event->kind = SN_TUNER_FEATURES;
  if (tuner->view) event->done = tuner->view->done;
  if (tuner->view) event->total = tuner->view->total;
  return sn_ok();
}

/* ---- training ---- */

static bool begin_round(SnTuner *tuner) {
  int round = current(tuner)->rounds;
  SnViewFeatures *view = tuner->view;
  SnSettings settings = tuner->candidate;
  settings.training.seed += round;
  if (!sn_view_features_exchange(view, round)) return false;
  SnModel *model = sn_model_new_beside(&settings, view->model);
  SnFeatures *kept = model ? sn_view_features_kept(view) : NULL;
  SnRunOptions options = {.eval_every = 0};
  if (kept)
    tuner->run = sn_run_on_features(model, &tuner->split->rounds[round], kept, view->tests[round], view->truths[round],
                                    &options);
  return tuner->run != NULL;
}

static bool end_round(SnTuner *tuner) {
  SnTuningTrial *trial = current(tuner);
  int round = trial->rounds;
  SnTestResult *test = sn_run_test(tuner->run, SN_SELECT_LAST, NULL);
  if (!test || !sn_view_features_exchange(tuner->view, round)) return false;
  if (test->evaluation.pixel_auroc.reason || test->evaluation.image_auroc.reason)
    return sn_fail("the drawn defects cannot be seen at %lld x %lld pixels",
                   (long long)tuner->candidate.view.crop.height, (long long)tuner->candidate.view.crop.width);
  trial->image_auroc[round] = test->evaluation.image_auroc.value;
  trial->pixel_auroc[round] = test->evaluation.pixel_auroc.value;
  trial->rounds++;
  return sn_ok();
}

static bool step_round(SnTuner *tuner, SnTunerEvent *event) {
  SnRunEvent step;
  if (!tuner->run && !begin_round(tuner)) return false;
  event->kind = SN_TUNER_STEP;
  if (sn_run_next(tuner->run, &step)) {
    event->done = step.done;
    event->total = step.total;
    return true;
  }
  return sn_run_is_done(tuner->run) && end_round(tuner);
}

static bool train(SnTuner *tuner, SnTunerEvent *event) {
  SnTuningTrial *trial = current(tuner);
  int before = trial->rounds;
  if (!tuner->training_scope) tuner->training_scope = sn_scope_new();
  if (!sn_scope_enter(tuner->training_scope)) return false;
  bool going = step_round(tuner, event);
  sn_scope_leave(tuner->training_scope);
  if (!going || trial->rounds == before) return going;
  drop_training(tuner);
  const SnTuningTrial *best = &tuner->tuning.trials[tuner->best_trial];
  bool hopeless = trial != best && trial->rounds == 1 &&
                  sn_tuning_trial_round_score(trial, 0) <= sn_tuning_trial_round_score(best, 0);
  if (hopeless || sn_tuning_trial_is_whole(trial))
    end_candidate(tuner, event, hopeless ? "not better in the first round" : "");
  return sn_ok();
}

/* ---- the whole ---- */

static bool end_of_time(SnTuner *tuner, SnTunerEvent *event) {
  bool trying = tuner->phase == FEATURES || tuner->phase == TRAINING;
  if (trying) end_candidate(tuner, event, "the time was over");
  tuner->phase = DONE;
  return trying && sn_ok();
}

static bool work(SnTuner *tuner, SnTunerEvent *event) {
  event->seconds = sn_seconds() - tuner->begin;
  if (event->seconds >= tuner->options.seconds) return end_of_time(tuner, event);
  if (tuner->phase == NEXT_CANDIDATE && !begin_candidate(tuner)) return false;
  return tuner->phase == FEATURES ? take_features(tuner, event) : train(tuner, event);
}

bool sn_tuner_next(SnTuner *tuner, SnTunerEvent *event) {
  if (!sn_ok() || !tuner || tuner->phase == DONE) return false;
  *event = (SnTunerEvent){.kind = SN_TUNER_STEP};
  bool going = work(tuner, event) || forgive(tuner, event);
  tuner->tuning.seconds = sn_seconds() - tuner->begin;
  tuner->tuning.chosen = tuner->best_trial;
  if (tuner->phase == DONE) drop_view(tuner);
  return going;
}

bool sn_tuner_is_done(const SnTuner *tuner) { return sn_ok() && tuner->phase == DONE; }

const SnSettings *sn_tuner_settings(const SnTuner *tuner) { return &tuner->best; }

const SnTuning *sn_tuner_tuning(const SnTuner *tuner) { return &tuner->tuning; }

void sn_tuner_counts(const SnTuner *tuner, int64_t *held_out, int64_t *damaged) {
  *held_out = tuner->split->held_out;
  *damaged = tuner->split->held_out > 0 ? tuner->split->rounds[0].test.count - *held_out : 0;
}
