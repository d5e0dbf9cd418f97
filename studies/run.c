#include "studies/run.h"

#include <math.h>
#include <stdio.h>

#include "backends/backend.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "studies/category_run.h"
#include "studies/children.h"
#include "studies/one_class.h"
#include "studies/outputs.h"
#include "studies/speed.h"
#include "tensor/tensor.h"

/* Work of one kind in child processes. begin: makes run->children where there is something to do, and may fill in an
 * event. hear: what comes of an event of the children. Both are true when the caller is to get the event. */
typedef struct Phase {
  bool (*begin)(SnStudyRun *run, SnStudyEvent *event);
  bool (*hear)(SnStudyRun *run, const SnChildEvent *heard, SnStudyEvent *event);
  void (*end)(SnStudyRun *run);
} Phase;

struct SnStudyRun {
  SnStudy *study;
  SnStudyOptions options;
  SnSchedule schedule;
  const Phase *phase;
  bool begun, complete; /* the phase; all results are there */
  SnChildren *children;
  int64_t failed, trials_done;
  double start;
};

static bool report_failure(const SnChildEvent *heard, const char *category, SnStudyEvent *event) {
  if (heard->kind != SN_CHILD_FAILED) return false;
  event->kind = SN_STUDY_FAILURE;
  event->failed = category;
  snprintf(event->error, sizeof event->error, "%s", heard->error);
  return true;
}

/* ---- what the variants cost; the device is used by children only: some cannot be used on both sides of a fork ---- */

static bool measure_group(void *context, int64_t number, int descriptor) {
  const SnStudyRun *run = context;
  const SnStudyGroup *group = &run->schedule.groups[number];
  if (!sn_schedule_needs(&run->schedule, group)) return true;
  if (!sn_study_use_device(&run->options, run->study->threads)) return false;
  SnCost cost;
  for (int64_t i = 0; i < group->count; i++) {
    bool known = i > 0 && sn_variants_cost_the_same(group->variants[i], group->variants[i - 1]);
    if (!known && !sn_measure_cost(group->variants[i], &cost)) return false;
    sn_child_send(descriptor,
                  &(SnMessage){0, {cost.feature, cost.training, cost.test, cost.bytes, cost.fixed, (double)i}});
  }
  return true;
}

static bool begin_costs(SnStudyRun *run, SnStudyEvent *event) {
  (void)event;
  if (run->schedule.item_count > 0) run->children = sn_children_new(measure_group, run, run->schedule.group_count, 1);
  return false;
}

static bool hear_costs(SnStudyRun *run, const SnChildEvent *heard, SnStudyEvent *event) {
  if (heard->kind != SN_CHILD_MESSAGE) {
    run->failed += heard->kind == SN_CHILD_FAILED;
    return report_failure(heard, NULL, event);
  }
  const double *values = heard->message.values;
  SnStudyGroup *group = &run->schedule.groups[heard->item];
  SnCost cost = {values[0], values[1], values[2], values[3], values[4]}, *most = &group->cost;
  group->costs[(int64_t)values[5]] = cost;
  *most = (SnCost){fmax(most->feature, cost.feature), fmax(most->training, cost.training), fmax(most->test, cost.test),
                   fmax(most->bytes, cost.bytes), fmax(most->fixed, cost.fixed)};
  return false;
}

/* ---- the trials ---- */

static bool run_item(void *context, int64_t number, int descriptor) {
  const SnStudyRun *run = context;
  return sn_run_category(&run->schedule, &run->options, &run->schedule.items[number], descriptor);
}

static bool begin_trials(SnStudyRun *run, SnStudyEvent *event) {
  if (run->schedule.item_count == 0 || run->failed > 0 || !sn_schedule_plan(&run->schedule, &run->options))
    return false;
  run->children = sn_children_new(run_item, run, run->schedule.item_count, run->study->jobs);
  event->kind = SN_STUDY_PREDICTION;
  event->prediction = sn_schedule_prediction(&run->schedule);
  return true;
}

static void show_progress(const SnStudyRun *run, SnStudyEvent *event) {
  double done = 0, all = 0;
  for (int64_t i = 0; i < run->schedule.item_count; i++) {
    done += run->schedule.items[i].done;
    all += run->schedule.items[i].predicted;
  }
  event->kind = SN_STUDY_PROGRESS;
  event->label = run->study->name;
  event->total = 1000;
  event->done = all > 0 ? (int64_t)(1000 * done / all) : 0;
}

static void end_trial(SnStudyRun *run, const SnStudyItem *item, const SnMessage *message, SnStudyEvent *event) {
  event->kind = SN_STUDY_TRIAL;
  event->variant = (int64_t)message->values[1];
  event->category = item->category;
  event->seed = (int64_t)message->values[2];
  event->done = ++run->trials_done;
  event->total = run->schedule.trials;
  if (!sn_study_is_tested(run->study) || sn_study_read_result(run->study, event->variant, event->category, event->seed))
    return;
  event->kind = SN_STUDY_FAILURE;
  snprintf(event->error, sizeof event->error, "%s", sn_error());
  sn_clear_error();
}

static bool hear_trials(SnStudyRun *run, const SnChildEvent *heard, SnStudyEvent *event) {
  SnStudyItem *item = &run->schedule.items[heard->item];
  if (heard->kind != SN_CHILD_MESSAGE) {
    item->done = item->predicted;
    run->failed += heard->kind == SN_CHILD_FAILED;
    return report_failure(heard, run->study->categories[item->category].name, event);
  }
  item->done = fmin(heard->message.values[0], item->predicted);
  if (heard->message.kind == SN_MESSAGE_TRIAL)
    end_trial(run, item, &heard->message, event);
  else
    show_progress(run, event);
  return true;
}

static void end_trials(SnStudyRun *run) {
  run->study->seconds = sn_seconds() - run->start;
  sn_study_read_results(run->study, &run->complete);
}

/* ---- one pass over the test images for all models ---- */

static void send_images(int descriptor, int64_t done, int64_t total) {
  sn_child_send(descriptor, &(SnMessage){0, {(double)done, (double)total}});
}

static bool test_one_class(void *context, int64_t item, int descriptor) {
  const SnStudyRun *run = context;
  (void)item;
  return sn_study_use_device(&run->options, run->options.threads) &&
         sn_test_one_class(run->study, send_images, descriptor);
}

static bool begin_one_class(SnStudyRun *run, SnStudyEvent *event) {
  (void)event;
  if (!sn_study_is_tested(run->study) && !run->complete && run->failed == 0)
    run->children = sn_children_new(test_one_class, run, 1, 1);
  return false;
}

static bool hear_one_class(SnStudyRun *run, const SnChildEvent *heard, SnStudyEvent *event) {
  (void)run;
  if (heard->kind != SN_CHILD_MESSAGE) return report_failure(heard, NULL, event);
  event->kind = SN_STUDY_PROGRESS;
  event->label = "test images";
  event->done = (int64_t)heard->message.values[0];
  event->total = (int64_t)heard->message.values[1];
  return true;
}

static void end_one_class(SnStudyRun *run) {
  if (!sn_study_is_tested(run->study)) sn_study_read_results(run->study, &run->complete);
}

/* ---- speed ---- */

static bool measure_speed(void *context, int64_t variant, int descriptor) {
  const SnStudyRun *run = context;
  double speed = NAN;
  if (!sn_study_use_device(&run->options, run->options.threads) || !sn_measure_speed(run->study, variant, &speed))
    return false;
  sn_child_send(descriptor, &(SnMessage){0, {speed}});
  return true;
}

static bool begin_speeds(SnStudyRun *run, SnStudyEvent *event) {
  SnStudy *study = run->study;
  (void)event;
  if (!study->drawn || study->drawn->figure != SN_FIGURE_SPEED) return false;
  study->speeds = sn_scope_allocate(study->variant_count, sizeof *study->speeds, NULL);
  for (int64_t v = 0; study->speeds && v < study->variant_count; v++) study->speeds[v] = NAN;
  run->children = sn_children_new(measure_speed, run, study->variant_count, 1);
  return false;
}

static bool hear_speeds(SnStudyRun *run, const SnChildEvent *heard, SnStudyEvent *event) {
  if (heard->kind != SN_CHILD_MESSAGE) return report_failure(heard, NULL, event);
  run->study->speeds[heard->item] = heard->message.values[0];
  return false;
}

/* ---- all of it ---- */

static const Phase phases[] = {{begin_costs, hear_costs, NULL},
                               {begin_trials, hear_trials, end_trials},
                               {begin_one_class, hear_one_class, end_one_class},
                               {begin_speeds, hear_speeds, NULL},
                               {NULL, NULL, NULL}};

static bool choose_threads(SnStudy *study, const SnStudyOptions *options) {
  const SnBackend *device = sn_backend_find(study->device);
  if (!device) return sn_set_device(study->device);
  study->threads = (int)(options->threads > 0 ? options->threads : device->threads());
  study->jobs = 1;
  return true;
}

SnStudyRun *sn_study_run_new(SnStudy *study, const SnStudyOptions *options) {
  SnStudyRun *run = sn_scope_allocate(1, sizeof *run, NULL);
  if (!run) return NULL;
  run->study = study;
  run->options = *options;
  run->phase = phases;
  run->start = sn_seconds();
  study->device = options->device ? options->device : "cpu";
  bool made = sn_study_take_folder(study) && choose_threads(study, options) &&
              sn_study_read_results(study, &run->complete) && sn_schedule_make(study, &run->schedule);
  return made ? run : NULL;
}

bool sn_study_run_next(SnStudyRun *run, SnStudyEvent *event) {
  *event = (SnStudyEvent){.kind = SN_STUDY_PROGRESS};
  while (run && run->phase->begin) {
    bool stop = !sn_ok() || sn_interrupted();
    if (!run->begun && !stop) {
      run->begun = true;
      if (run->phase->begin(run, event)) return true;
    }
    SnChildEvent heard;
    while (run->children && sn_children_next(run->children, &heard))
      if (run->phase->hear(run, &heard, event)) return true;
    run->children = NULL;
    if (run->begun && run->phase->end) run->phase->end(run);
    run->begun = false;
    if (stop) break;
    run->phase++;
  }
  return false;
}

bool sn_study_run_is_done(const SnStudyRun *run) { return !run->phase->begin && run->failed == 0 && run->complete; }

int64_t sn_study_run_failed(const SnStudyRun *run) { return run->failed; }
