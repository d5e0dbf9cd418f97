#include "cli/tune.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/number.h"
#include "base/print.h"
#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "report/tuning_table.h"
#include "tuning/tuner.h"

static const char table_name[] = "tune.csv";

/* ---- the option ---- */

static bool read_minutes(const char *text, double *minutes) {
  return sn_parse_real("--tune", text, 0, 1e5, minutes) &&
         (*minutes > 0 || sn_fail("--tune: expected minutes above 0"));
}

static bool check_minutes(const SnOption *option) {
  double minutes;
  return read_minutes(*option->text, &minutes);
}

void sn_add_tune_option(SnOption *options, int *count, SnTune *tune) {
  options[(*count)++] =
      (SnOption){.name = "tune",
                 .argument = "MINUTES",
                 .help =
                     "before the training, choose settings that are not given here by training images that are held "
                     "out and copies of them with drawn defects, for so long at most; no test image is looked at",
                 .text = &tune->minutes,
                 .check = check_minutes};
}

bool sn_check_tune(const SnTune *tune, const SnMethod *method) {
  if (!sn_ok() || !tune->minutes || method->tune) return sn_ok();
  return sn_fail("--tune: the method %s has no settings that are chosen without labels", method->name);
}

/* ---- what it says on its way ---- */

static void print_number(double number) {
  char text[16];
  sn_snprintf(text, sizeof text, "%.4f", number);
  sn_print(" %8s", number == number ? text : "");
}

static void print_begin(const SnTuner *tuner, const SnDataset *dataset) {
  int64_t held_out, damaged;
  sn_tuner_counts(tuner, &held_out, &damaged);
  sn_print(
      "tuning on %lld of %lld training images that are held out and %lld copies with drawn defects, %d times; no test "
      "image is looked at\n",
      (long long)held_out, (long long)dataset->train.count, (long long)damaged, SN_TUNING_ROUNDS);
  sn_print("  %-40s %8s %8s %8s %8s\n", "tried", "image", "pixel", "score", "time");
  sn_terminal_flush();
}

static void print_trial(const SnTuningTrial *trial) {
  char time[SN_DURATION_TEXT];
  sn_print("  %-40s", trial->changes[0] ? trial->changes : "as given");
  print_number(sn_tuning_trial_image_auroc(trial));
  print_number(sn_tuning_trial_pixel_auroc(trial));
  print_number(sn_tuning_trial_score(trial));
  sn_print(" %8s%s%s\n", sn_duration_text(trial->seconds, time), trial->note[0] ? "  " : "", trial->note);
  sn_terminal_flush();
}

static void print_choice(const SnTuning *tuning) {
  const SnTuningTrial *chosen = &tuning->trials[tuning->chosen];
  double noise = 2 * sn_tuning_noise(tuning);
  sn_print("chosen: %s", chosen->changes[0] ? chosen->changes : "as given");
  if (!sn_tuning_trial_is_whole(&tuning->trials[0]))
    sn_print("; the time did not suffice for the settings as given, let alone for others\n");
  else if (tuning->chosen > 0)
    sn_print("; better by %.4f, where %.4f can be noise\n",
             sn_tuning_trial_score(chosen) - sn_tuning_trial_score(&tuning->trials[0]), noise);
  else if (noise == noise)
    sn_print("; nothing was better by more than the noise, %.4f\n", noise);
  else
    sn_print("; nothing was better\n");
  sn_terminal_flush();
}

/* True when the tuner came to its end. */
static bool run(SnTuner *tuner, const SnDataset *dataset, double seconds) {
  SnProgressBar bar = sn_progress_begin("tuning");
  bool begun = false;
  sn_progress_show(&bar, 0, (int64_t)seconds);
  for (SnTunerEvent event; !sn_interrupted() && sn_tuner_next(tuner, &event);) {
    sn_progress_show(&bar, (int64_t)event.seconds, (int64_t)seconds + 1);
    if (event.kind == SN_TUNER_FEATURES || (begun && event.kind == SN_TUNER_STEP)) continue;
    sn_progress_clear(&bar);
    if (!begun) print_begin(tuner, dataset);
    begun = true;
    if (event.kind == SN_TUNER_TRIAL) print_trial(event.trial);
  }
  sn_progress_clear(&bar);
  return sn_tuner_is_done(tuner);
}

/* ---- the whole ---- */

/* The settings' names that were given, ended by NULL, in the innermost scope. */
static const char **given_names(const SnSettingTexts *texts) {
  const char *names[SN_MAX_OPTIONS];
  int count = sn_setting_names(names), given = 0;
  const char **fixed = sn_scope_allocate(SN_MAX_OPTIONS + 1, sizeof *fixed, NULL);
  for (int i = 0; fixed && i < count; i++)
    if (texts->texts[i]) fixed[given++] = names[i];
  return fixed;
}

static void release_names(void *names) { sn_names_free(names); }

static SnTuning *keep(const SnTuning *found) {
  SnTuning *tuning = sn_scope_allocate(1, sizeof *tuning, NULL);
  if (tuning) *tuning = *found;
  return tuning;
}

static bool write_table(const char *folder, const SnTuning *tuning) {
  char *path = sn_path_join(folder, table_name);
  if (path) sn_write_tuning_table(path, tuning);
  free(path);
  return sn_ok();
}

SnTuning *sn_tune(const SnTune *tune, const SnDataset *dataset, const char *folder, SnSettings *settings) {
  enum { TESTED = 96 }; /* images whose maps and masks there are at most, of three rounds (tuning/split.h) */
  double minutes;
  SnSize crop = settings->view.crop;
  SnTuning *tuning = NULL;
  if (!sn_ok() || !read_minutes(tune->minutes, &minutes)) return NULL;
  sn_catch_interrupts();
  SnScope *scope = sn_scope_open();
  SnTunerOptions options = {.seconds = 60 * minutes, .weights = tune->weights, .fixed = given_names(tune->given)};
  if (tune->skip_broken) options.skipped = sn_scope_allocate(1, sizeof *options.skipped, release_names);
  options.memory = sn_limit_features(tune->memory, TESTED, (SnSize){3 * crop.height / 2, 3 * crop.width / 2});
  SnTuner *tuner = sn_ok() ? sn_tuner_new(settings, dataset, &options) : NULL;
  bool done = tuner && run(tuner, dataset, options.seconds);
  if (done && write_table(folder, sn_tuner_tuning(tuner))) {
    print_choice(sn_tuner_tuning(tuner));
    *settings = *sn_tuner_settings(tuner);
    sn_scope_suspend(scope);
    tuning = keep(sn_tuner_tuning(tuner));
  } else if (sn_ok()) {
    sn_message("simplenet: interrupted while tuning; the same command begins anew\n");
  }
  sn_scope_close(scope);
  return tuning;
}

SnTuning *sn_tune_resumed(const char *folder, SnSettings *settings) {
  char *checkpoint = sn_path_join(folder, "checkpoint.safetensors"), *table = sn_path_join(folder, table_name);
  SnTuning *tuning = NULL;
  if (sn_ok() && sn_is_file(checkpoint) && sn_is_file(table)) {
    tuning = sn_scope_allocate(1, sizeof *tuning, NULL);
    if (tuning && sn_read_tuning_table(table, tuning)) {
      const char *changes = tuning->trials[tuning->chosen].changes;
      if (changes[0] && !sn_candidate_apply(changes, NULL, settings) && sn_ok())
        sn_fail("%s: does not belong to this training: it chose %s", table, changes);
    }
  }
  free(checkpoint);
  free(table);
  return sn_ok() ? tuning : NULL;
}
