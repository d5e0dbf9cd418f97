#include "cli/train_run.h"

#include <stdio.h>

#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/progress.h"
#include "cli/terminal.h"

typedef struct Show {
  const char *seed; /* NULL: there is one only */
  SnProgressBar bar;
  double last_line;
  char label[64]; /* of the bar while it is trained */
} Show;

SnRunOptions sn_train_run_options(const SnTrain *train) {
  return (SnRunOptions){.eval_every = train->eval_every,
                        .keep_best = train->selection == SN_SELECT_BEST_TEST,
                        .skip_broken = train->skip_broken,
                        .checkpoint_seconds = train->checkpoint_seconds,
                        .false_alarms = train->calibrate.rate,
                        .resume = train->resume};
}

static void print_epoch(const SnRun *run, const SnEpochRow *row, const SnEvaluation *evaluation, const char *seed) {
  const char *const *columns = run->model->settings.method->columns;
  sn_print("%sepoch %lld", seed ? seed : "", (long long)row->epoch);
  for (int i = 0; columns && columns[i]; i++) sn_print(i == 0 ? "  %s %.4f" : "  %s %.3f", columns[i], row->columns[i]);
  sn_print("  %.1f s", row->seconds);
  if (evaluation) {
    sn_print_metric("  image AUROC", evaluation->image_auroc);
    sn_print_metric("  pixel AUROC", evaluation->pixel_auroc);
  }
  sn_print("\n");
  sn_terminal_flush();
}

void sn_print_train_images(const SnDataset *dataset) {
  sn_print("%s: %lld training images, ", dataset->category, (long long)dataset->train.count);
  if (dataset->calibration.count > 0) sn_print("%lld to set the threshold by, ", (long long)dataset->calibration.count);
  sn_print("%lld test images of which %lld defective\n", (long long)dataset->test.count,
           (long long)sn_samples_defective(&dataset->test));
  sn_terminal_flush();
}

void sn_print_train_settings(const SnSettings *settings, bool selects_by_test) {
  char changed[SN_CHANGED_TEXT];
  const char *preset = sn_settings_nearest_preset(settings, changed);
  sn_print(
      "preset %s%s%s; %s\n", preset, *changed ? " with " : "", changed,
      selects_by_test ? "the epoch is chosen by looking at test labels" : "no test label is looked at but to test");
}

void sn_print_train_features(const SnModel *model, const SnFeatures *train_features, const SnFeatures *test_features,
                             const SnNames *skipped, double seconds) {
  const SnFeatureShape *shape = &model->features;
  SnFacts facts = train_features->facts;
  sn_print_skipped(skipped);
  sn_facts_add(&facts, &test_features->facts);
  sn_print_facts(&facts, &model->settings.view);
  sn_print("features of %lld numbers at %lld x %lld positions in %.1f s\n", (long long)shape->channels,
           (long long)shape->height, (long long)shape->width, seconds);
  sn_print_spilled_features();
}

static void show_ready(SnRun *run, int64_t epoch, Show *show) {
  sn_progress_clear(&show->bar);
  if (!show->seed)
    sn_print_train_features(run->model, run->train_features, run->test_features, run->skipped, run->seconds_features);
  if (epoch > 0) sn_print("%sresumed after epoch %lld\n", show->seed ? show->seed : "", (long long)epoch);
  show->bar = sn_progress_begin(show->label);
}

/* A line an epoch, but not more than one in two seconds unless it was tested. */
static void show_epoch(SnRun *run, const SnRunEvent *event, Show *show) {
  if (event->warning) {
    sn_progress_clear(&show->bar);
    sn_message("warning: %s%s\n", show->seed ? show->seed : "", event->warning);
  }
  if (!event->evaluation && !event->is_last && event->row->epoch > 1 && sn_seconds() - show->last_line < 2) return;
  show->last_line = sn_seconds();
  sn_progress_clear(&show->bar);
  print_epoch(run, event->row, event->evaluation, show->seed);
  if (event->ending) sn_print("%s%s\n", show->seed ? show->seed : "", event->ending);
}

static void show_event(SnRun *run, const SnRunEvent *event, Show *show) {
  if (event->kind == SN_RUN_READY) {
    show_ready(run, event->epoch, show);
    return;
  }
  sn_progress_show(&show->bar, event->done, event->total);
  if (event->kind == SN_RUN_EPOCH) show_epoch(run, event, show);
}

bool sn_train_pull(SnRun *run, const char *seed) {
  Show show = {.seed = seed, .bar = sn_progress_begin("features")};
  snprintf(show.label, sizeof show.label, "%straining", seed ? seed : "");
  for (SnRunEvent event; !sn_interrupted() && sn_run_next(run, &event);) show_event(run, &event, &show);
  sn_progress_clear(&show.bar);
  return sn_run_is_done(run);
}

void sn_print_best_epoch(const SnRun *run) {
  sn_print("best on the test set, epoch %lld:", (long long)run->best_epoch);
  sn_print_metric("  image AUROC", run->best.image_auroc);
  sn_print_metric("  pixel AUROC", run->best.pixel_auroc);
  sn_print("\n");
}
