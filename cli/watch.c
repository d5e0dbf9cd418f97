#include "cli/watch.h"

#include "base/error.h"
#include "base/interrupt.h"
#include "cli/command.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "datasets/arrivals.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"

/* Photographs that are read ahead of each other where nothing is drawn of them; they are scored one by one. */
enum { AT_A_TIME = 32 };

static const double longest_wait = 0.25; /* seconds; a signal that comes just before is noticed then */

typedef struct Watch {
  SnPredictor *predictor;
  const SnWatchOptions *options;
  SnArrivals *arrivals;
  int64_t broken; /* could not be read */
  int64_t failed; /* could not be read now: broken, half written or gone */
  int64_t left;   /* were handed out, and the program was interrupted before their turn */
} Watch;

/* What is written of this photograph, compared with what is there and what is read. */
static bool plan_outputs(Watch *watch, const SnSamples *samples) {
  SnPredictor *predictor = watch->predictor;
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_name_saved_one(&predictor->saved, samples->items[0].path, predictor->out, watch->options->folder);
  return sn_predictor_check_outputs(predictor, samples, &outputs);
}

/* A file that is half written, or gone, is no failure. */
static void on_broken(void *context, int64_t index, const char *message) {
  Watch *watch = context;
  watch->failed++;
  if (sn_arrivals_failed(watch->arrivals, index) != SN_ARRIVAL_BROKEN) return;
  sn_message("simplenet: %s\n", message);
  watch->broken++;
}

static bool score(Watch *watch, const SnSamples *samples) {
  SnPredictor *predictor = watch->predictor;
  const char *out = predictor->out;
  SnError error;
  if (out && !plan_outputs(watch, samples)) {
    sn_report_error();
    if (!sn_error_forgive(&error)) return false;
    predictor->undrawn++;
    predictor->out = NULL;
  }
  sn_predict(predictor, samples, on_broken, watch);
  predictor->out = out;
  sn_free_saved_names(&predictor->saved);
  return sn_ok();
}

static int64_t done(const Watch *watch) {
  return watch->predictor->scored + watch->predictor->unscored + watch->failed;
}

static bool score_paths(Watch *watch, const SnNames *paths) {
  SnSamples samples = {0};
  int64_t before = done(watch);
  for (int64_t i = 0; i < paths->count; i++) sn_samples_append(&samples, paths->items[i], -1, SN_GOOD, "good");
  if (sn_ok()) score(watch, &samples);
  if (sn_interrupted()) watch->left += paths->count - (done(watch) - before);
  sn_samples_free(&samples);
  return sn_ok();
}

static bool is_over(const Watch *watch) {
  return !sn_ok() || sn_interrupted() || !sn_terminal_is_open() || sn_arrivals_ended(watch->arrivals);
}

static void score_arrivals(Watch *watch) {
  while (!is_over(watch)) {
    SnNames paths = {0};
    if (sn_arrivals_next(watch->arrivals, watch->predictor->out ? 1 : AT_A_TIME, longest_wait, &paths) &&
        paths.count > 0)
      score_paths(watch, &paths);
    sn_names_free(&paths);
  }
}

static void print_count(const char *text, int64_t count) {
  if (count > 0) sn_message(text, (long long)count);
}

static void print_summary(const Watch *watch) {
  const SnPredictor *predictor = watch->predictor;
  sn_message("%s: %lld photographs scored", watch->options->folder, (long long)predictor->scored);
  print_count(", %lld of them defective", predictor->defective);
  print_count("; %lld could not be read", watch->broken);
  print_count("; %lld have no finite score", predictor->unscored);
  print_count("; %lld could not be drawn", predictor->undrawn);
  print_count("; %lld wait and were not scored", watch->left + sn_arrivals_waiting(watch->arrivals));
  sn_message("\n");
}

/* Says what is there and is not taken, and that from now on nothing is missed. */
static SnArrivals *open_arrivals(const SnPredictor *predictor, const SnWatchOptions *options) {
  SnLeftOut left_out = {0};
  SnArrivalOptions arrival = {.without = predictor->out, .only_new = options->only_new, .left_out = &left_out};
  SnArrivals *arrivals = sn_arrivals_open(options->folder, &arrival);
  if (arrivals) sn_print_left_out(&left_out);
  if (arrivals) sn_message("watching %s\n", options->folder);
  sn_left_out_free(&left_out);
  return arrivals;
}

int sn_watch(SnPredictor *predictor, SnModel *model, const SnWatchOptions *options) {
  Watch watch = {.predictor = predictor, .options = options};
  const SnViewSettings *view = &model->settings.view;
  predictor->prompt = true;
  sn_catch_interrupts();
  if (sn_predictor_open(predictor, model, 1)) watch.arrivals = open_arrivals(predictor, options);
  if (!watch.arrivals) return sn_report_error();
  if (predictor->lines.format == SN_SCORES_CSV) sn_print("%s\n", sn_score_header(&predictor->lines));
  sn_terminal_flush();
  score_arrivals(&watch);
  const char *ended = sn_arrivals_ended(watch.arrivals);
  if (ended) sn_fail("%s: %s while it was watched", options->folder, ended);
  sn_print_facts(&predictor->facts, view);
  print_summary(&watch);
  sn_arrivals_close(watch.arrivals);
  return sn_ok() ? sn_predictor_status(predictor, watch.broken) : sn_report_error();
}
