#include "cli/train_seeds.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/interrupt.h"
#include "base/name.h"
#include "cli/command.h"
#include "cli/decisions.h"
#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/progress.h"
#include "cli/seeds_table.h"
#include "cli/terminal.h"
#include "cli/train_outputs.h"
#include "studies/shared_features.h"

typedef struct Seeds {
  const SnTrain *train;
  SnSharedFeatures *shared;
  SnDataset *dataset;
  SnNames *skipped;
  const char *folder; /* OUT/CATEGORY */
  char *photographs;  /* for checkpoints */
  SnOrigin origin;
  bool *finished; /* [seeds]: by a run that was interrupted */
} Seeds;

static int64_t seed_at(const Seeds *all, int64_t i) { return all->train->seeds.seeds[i]; }

static SnTrainOutputs outputs_of(const Seeds *all) {
  const SnTrain *train = all->train;
  return (SnTrainOutputs){.folder = all->folder,
                          .weights = train->weights,
                          .dataset = all->dataset,
                          .model = all->shared->extractor,
                          .origin = all->origin,
                          .resume = train->resume,
                          .force = train->force};
}

/* ---- what is there already ---- */

/* How many seeds are left. */
static int64_t find_finished(Seeds *all) {
  SnTrainOutputs outputs = outputs_of(all);
  int64_t left = all->train->seeds.count;
  all->finished = sn_scope_allocate(left, sizeof *all->finished, NULL);
  for (int64_t i = 0; i < all->train->seeds.count && all->train->resume && sn_ok(); i++) {
    all->finished[i] = sn_seed_is_finished(&outputs, seed_at(all, i), all->train->selection);
    if (!all->finished[i]) continue;
    sn_print("seed %lld was finished before\n", (long long)seed_at(all, i));
    left--;
  }
  return left;
}

/* So that --resume takes no results of an earlier training for those of this one. */
static void forget(const Seeds *all) {
  sn_seeds_forget(all->folder);
  for (int64_t i = 0; i < all->train->seeds.count && !all->train->resume; i++)
    sn_seed_forget(all->folder, seed_at(all, i));
}

/* ---- one after the other ---- */

static bool extract(const Seeds *all) {
  SnSharedFeatures *shared = all->shared;
  SnProgressBar bar = sn_progress_begin("features");
  while (!sn_interrupted() && sn_shared_features_next(shared)) sn_progress_show(&bar, shared->done, shared->total);
  if (shared->extraction) sn_extraction_end(shared->extraction); /* interrupted */
  sn_progress_clear(&bar);
  if (!sn_ok() || sn_interrupted()) return false;
  sn_print_train_features(shared->extractor, shared->train, shared->test, all->skipped, shared->seconds);
  sn_terminal_flush();
  return true;
}

static bool write_results(const Seeds *all, SnRun *run, const char *folder, const char *seed) {
  SnTestResult *test = sn_run_test(run, all->train->selection, NULL);
  SnResults results = {.dataset = run->dataset,
                       .model = run->model,
                       .test = test,
                       .selection = all->train->selection,
                       .run = run,
                       .skipped = all->skipped->count,
                       .origin = &all->origin};
  if (!test || !sn_write_results(folder, &results)) return false;
  sn_print("%s", seed);
  if (all->train->selection == SN_SELECT_BEST_TEST)
    sn_print("epoch %lld, selected by looking at the test set:", (long long)run->best_epoch);
  else
    sn_print("tested:");
  sn_print_metric("  image AUROC", test->evaluation.image_auroc);
  sn_print_metric("  pixel AUROC", test->evaluation.pixel_auroc);
  sn_print_metric("  AU-PRO", test->evaluation.au_pro);
  if (run->calibration_features) {
    SnDecisionCounts counts = sn_test_decisions(test, run->dataset, sn_decision_threshold(&run->model->calibration));
    sn_print_decision_counts(&counts);
  }
  sn_print("\n");
  sn_terminal_flush();
  return true;
}

/* True when it is trained, tested and written; false, without an error, when it was interrupted. */
static bool train_seed(const Seeds *all, int64_t number, const char *folder, const char *checkpoint) {
  SnSettings settings = all->shared->extractor->settings;
  SnRunOptions options = sn_train_run_options(all->train);
  char seed[32];
  settings.training.seed = seed_at(all, number);
  snprintf(seed, sizeof seed, "seed %lld, ", (long long)settings.training.seed);
  options.checkpoint = checkpoint;
  options.photographs = all->photographs;
  SnRun *run = sn_shared_features_run(all->shared, &settings, &options);
  if (run && sn_train_pull(run, seed)) {
    bool written = write_results(all, run, folder, seed);
    if (written && sn_is_file(checkpoint)) sn_file_remove(checkpoint);
    return written;
  }
  if (run && sn_ok()) sn_run_suspend(run);
  if (sn_ok())
    sn_message("simplenet: interrupted in epoch %lld of seed %lld; go on with the same command and --resume\n",
               (long long)run->epoch + 1, (long long)settings.training.seed);
  return false;
}

static bool train_in_folder(const Seeds *all, int64_t number) {
  char *folder = sn_seed_folder(all->folder, seed_at(all, number));
  char *checkpoint = folder && sn_make_directories(folder) ? sn_path_join(folder, "checkpoint.safetensors") : NULL;
  SnScope *scope = checkpoint ? sn_scope_open() : NULL; /* what a seed took is released before the next */
  bool done = scope && train_seed(all, number, folder, checkpoint);
  sn_scope_close(scope);
  free(checkpoint);
  free(folder);
  return done;
}

/* ---- all of them ---- */

static bool summarize(const Seeds *all) {
  SnSeedRow *rows = sn_scope_allocate(all->train->seeds.count, sizeof *rows, NULL);
  for (int64_t i = 0; i < all->train->seeds.count && sn_ok(); i++) {
    char *folder = sn_seed_folder(all->folder, seed_at(all, i));
    char *path = folder ? sn_path_join(folder, "metrics.json") : NULL;
    if (path) sn_seed_row_read(path, &rows[i]);
    free(folder);
    free(path);
  }
  SnSeeds seeds = {rows, all->train->seeds.count, all->dataset, all->shared->extractor, true, &all->origin};
  if (!sn_ok()) return false;
  sn_print_seeds(&seeds);
  return sn_write_seeds_files(all->folder, &seeds);
}

static bool train_all(Seeds *all) {
  int64_t left = find_finished(all);
  bool going = sn_ok();
  if (left > 0 && going) going = extract(all);
  if (left > 0 && going) forget(all);
  if (!going && sn_ok())
    sn_message("simplenet: interrupted; the same command begins anew%s\n",
               left < all->train->seeds.count ? ", and with --resume leaves finished seeds alone" : "");
  for (int64_t i = 0; i < all->train->seeds.count && going; i++) going = all->finished[i] || train_in_folder(all, i);
  return going && summarize(all);
}

static void release_names(void *names) { sn_names_free(names); }

static bool train_in_category(Seeds *all) {
  SnTrainOutputs outputs = outputs_of(all);
  const SnViewSettings *view = &all->shared->extractor->settings.view;
  if (!sn_check_seeds_outputs(&outputs, &all->train->seeds) || !sn_make_directories(all->folder) ||
      !sn_folder_lock(all->folder))
    return false;
  all->shared->memory = sn_limit_features(all->train->memory, all->dataset->test.count, view->crop);
  all->photographs = sn_ok() ? sn_origin_of_training(&all->origin) : NULL;
  sn_catch_interrupts();
  if (!all->train->skip_broken) all->dataset->advice = SN_SKIP_BROKEN_ADVICE;
  if (sn_ok()) sn_print_train_images(all->dataset);
  if (sn_ok()) sn_print_train_settings(&all->shared->extractor->settings, all->train->selection == SN_SELECT_BEST_TEST);
  bool done = sn_ok() && train_all(all);
  free(all->photographs);
  return done;
}

int sn_train_seeds(const SnTrain *train, const SnSettings *settings, SnDataset *dataset) {
  SnVariant variant = {.weights = train->weights, .settings = *settings};
  const SnVariant *variants = &variant;
  Seeds all = {.train = train, .dataset = dataset, .origin = sn_origin_of(&train->data)};
  sn_warn_of_crop(&settings->view, &dataset->train);
  all.skipped = sn_scope_allocate(1, sizeof *all.skipped, release_names);
  if (sn_ok()) all.shared = sn_shared_features_new(dataset, &variants, 1, true, NULL);
  if (!all.shared) return sn_report_error();
  if (train->skip_broken) all.shared->skipped = all.skipped;
  if (!sn_model_has_chance(all.shared->extractor)) {
    sn_fail("--seeds: chance decides nothing with these settings of the method %s, so that all seeds give the same",
            settings->method->name);
    return sn_report_misuse();
  }
  char *folder = sn_path_below(train->out, dataset->category);
  all.folder = folder;
  bool done = folder && train_in_category(&all);
  free(folder);
  if (!sn_ok()) return sn_report_error();
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}
