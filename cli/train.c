#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/name.h"
#include "base/number.h"
#include "cli/data_options.h"
#include "cli/device_options.h"
#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/progress.h"
#include "cli/setting_options.h"
#include "cli/terminal.h"
#include "cli/train_outputs.h"
#include "models/backbones/embedded.h"
#include "report/results.h"

typedef struct Train {
  const char *weights, *out, *eval_every_text, *select_text, *checkpoint_text, *memory;
  SnDataTexts data;
  SnSettingTexts settings;
  SnDeviceTexts device;
  bool resume, skip_broken, force;
  double checkpoint_seconds;
  int64_t eval_every;
  SnSelection selection;
} Train;

/* ---- what the run says on its way ---- */

static void print_epoch(const SnRun *run, const SnEpochRow *row, const SnEvaluation *evaluation) {
  const char *const *columns = run->model->settings.method->columns;
  sn_print("epoch %lld", (long long)row->epoch);
  for (int i = 0; columns && columns[i]; i++) sn_print(i == 0 ? "  %s %.4f" : "  %s %.3f", columns[i], row->columns[i]);
  sn_print("  %.1f s", row->seconds);
  if (evaluation) {
    sn_print_metric("  image AUROC", evaluation->image_auroc);
    sn_print_metric("  pixel AUROC", evaluation->pixel_auroc);
  }
  sn_print("\n");
  sn_terminal_flush();
}

static void print_ready(SnRun *run, int64_t epoch) {
  const SnFeatureShape *features = &run->model->features;
  SnFacts facts = run->train_features->facts;
  sn_print_skipped(run->skipped);
  sn_facts_add(&facts, &run->test_features->facts);
  sn_print_facts(&facts, &run->model->settings.view);
  sn_print("features of %lld numbers at %lld x %lld positions in %.1f s\n", (long long)features->channels,
           (long long)features->height, (long long)features->width, run->seconds_features);
  sn_print_spilled_features();
  if (epoch > 0) sn_print("resumed after epoch %lld\n", (long long)epoch);
}

/* A line an epoch, but not more than one in two seconds unless it was tested. */
static void show(SnRun *run, const SnRunEvent *event, SnProgressBar *bar, double *last_line) {
  switch (event->kind) {
    case SN_RUN_FEATURES:
      sn_progress_show(bar, event->done, event->total);
      break;
    case SN_RUN_READY:
      sn_progress_clear(bar);
      print_ready(run, event->epoch);
      *bar = sn_progress_begin("training");
      break;
    case SN_RUN_STEP:
      sn_progress_show(bar, event->done, event->total);
      break;
    case SN_RUN_EPOCH:
      sn_progress_show(bar, event->done, event->total);
      if (event->warning) {
        sn_progress_clear(bar);
        sn_message("warning: %s\n", event->warning);
      }
      if (!event->evaluation && event->row->epoch < run->epochs && event->row->epoch > 1 &&
          sn_seconds() - *last_line < 2)
        break;
      *last_line = sn_seconds();
      sn_progress_clear(bar);
      print_epoch(run, event->row, event->evaluation);
      break;
  }
}

/* ---- results ---- */

static bool write_results(SnRun *run, const Train *train, const char *folder) {
  SnTestResult *test = sn_run_test(run, train->selection, NULL);
  SnOrigin origin = sn_origin_of(&train->data);
  SnResults results = {run->dataset, run->model, test, train->selection, run, run->skipped->count, &origin};
  if (!test || !sn_write_results(folder, &results)) return false;
  if (train->selection == SN_SELECT_BEST_TEST)
    sn_print("epoch %lld, selected by looking at the test set:\n", (long long)run->best_epoch);
  sn_print_evaluation(&test->evaluation);
  if (run->best_epoch > 0 && train->selection == SN_SELECT_LAST) {
    sn_print("best on the test set, epoch %lld:", (long long)run->best_epoch);
    sn_print_metric("  image AUROC", run->best.image_auroc);
    sn_print_metric("  pixel AUROC", run->best.pixel_auroc);
    sn_print("\n");
  }
  sn_print("written: %s\n", folder);
  return true;
}

/* True when it is trained, tested and written; false, without an error, when it was interrupted. */
static bool run_to_the_end(SnRun *run, const Train *train, const char *folder) {
  SnProgressBar bar = sn_progress_begin("features");
  double last_line = 0;
  for (SnRunEvent event; !sn_interrupted() && sn_run_next(run, &event);) show(run, &event, &bar, &last_line);
  sn_progress_clear(&bar);
  if (sn_run_is_done(run)) {
    bool written = write_results(run, train, folder);
    if (written && sn_is_file(run->options.checkpoint)) sn_file_remove(run->options.checkpoint);
    return written;
  }
  if (sn_ok() && sn_run_suspend(run))
    sn_message("simplenet: interrupted in epoch %lld; go on with the same command and --resume\n",
               (long long)run->epoch + 1);
  else if (sn_ok())
    sn_message("simplenet: interrupted; the same command begins anew\n");
  return false;
}

static bool check_outputs(const Train *train, const SnDataset *dataset, const SnModel *model, const char *folder) {
  SnTrainOutputs outputs = {folder,        train->weights, dataset, model, sn_origin_of(&train->data),
                            train->resume, train->force};
  return sn_check_train_outputs(&outputs);
}

static bool train_model(const Train *train, SnModel *model, SnDataset *dataset, const char *folder) {
  SnOrigin origin = sn_origin_of(&train->data);
  SnLargeMemory *memory = sn_limit_features(train->memory, dataset->test.count, model->settings.view.crop);
  char *photographs = memory ? sn_origin_of_training(&origin) : NULL;
  char *checkpoint = sn_path_join(folder, "checkpoint.safetensors");
  SnRunOptions options = {.eval_every = train->eval_every,
                          .keep_best = train->selection == SN_SELECT_BEST_TEST,
                          .skip_broken = train->skip_broken,
                          .checkpoint = checkpoint,
                          .checkpoint_seconds = train->checkpoint_seconds,
                          .resume = train->resume,
                          .memory = memory,
                          .photographs = photographs};
  sn_catch_interrupts();
  if (!train->skip_broken) dataset->advice = SN_SKIP_BROKEN_ADVICE;
  SnRun *run = sn_ok() ? sn_run_new(model, dataset, &options) : NULL;
  bool done = run && run_to_the_end(run, train, folder);
  free(photographs);
  free(checkpoint);
  return done;
}

static int train_category(const Train *train, const SnSettings *settings, SnDataset *dataset) {
  bool done = false;
  sn_warn_of_crop(&settings->view, &dataset->train);
  SnModel *model = sn_model_new(settings, train->weights);
  char *folder = sn_path_below(train->out, dataset->category);
  if (model && folder && check_outputs(train, dataset, model, folder) && sn_make_directories(folder) &&
      sn_folder_lock(folder)) {
    sn_print("%s: %lld training images, %lld test images of which %lld defective\n", dataset->category,
             (long long)dataset->train.count, (long long)dataset->test.count,
             (long long)sn_samples_defective(&dataset->test));
    sn_terminal_flush();
    done = train_model(train, model, dataset, folder);
  }
  free(folder);
  if (!sn_ok()) return sn_report_error();
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}

static bool read_numbers(Train *train, SnSettings *settings) {
  double memory; /* read again when the model is there */
  if (!sn_read_settings(&train->settings, settings) || !sn_read_memory(train->memory, &memory)) return false;
  if (train->eval_every_text &&
      !sn_parse_integer("--eval-every", train->eval_every_text, 0, 1000000, &train->eval_every))
    return false;
  if (train->checkpoint_text &&
      !sn_parse_real("--checkpoint-every", train->checkpoint_text, 0, 1e6, &train->checkpoint_seconds))
    return false;
  if (strcmp(train->select_text, "last") != 0 && strcmp(train->select_text, "best-test") != 0)
    return sn_fail("--select: expected last or best-test, found '%.40s'", train->select_text);
  train->selection = strcmp(train->select_text, "last") == 0 ? SN_SELECT_LAST : SN_SELECT_BEST_TEST;
  if (train->selection == SN_SELECT_BEST_TEST && train->eval_every == 0) train->eval_every = 4;
  if ((settings->method->groups & SN_GROUP_FEATURES) && !train->weights &&
      !sn_backbone_is_embedded(settings->features.backbone))
    return sn_fail("--weights is missing: only the backbone embedded needs no file of weights");
  return true;
}

int sn_command_train(int argc, char **argv) {
  Train train = {.out = "results", .select_text = "last", .checkpoint_seconds = 30};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_data_options(options, &count, &train.data, true);
  options[count++] =
      (SnOption){.name = "weights",
                 .argument = "FILE",
                 .help =
                     "the backbone's ImageNet weights under torchvision's names, safetensors or .pth; not needed for "
                     "the backbone embedded, whose weights are part of the program",
                 .text = &train.weights};
  options[count++] = (SnOption){
      .name = "out", .argument = "FOLDER", .help = "results go to FOLDER/CATEGORY (results)", .text = &train.out};
  options[count++] = (SnOption){.name = "eval-every",
                                .argument = "N",
                                .help = "test every N epochs, too, and report the best; 0: only at the end (0)",
                                .text = &train.eval_every_text};
  options[count++] = (SnOption){.name = "select",
                                .argument = "last|best-test",
                                .help =
                                    "keep the last epoch, or the best one on the test set as the released code does, "
                                    "testing every 4 epochs unless --eval-every says otherwise (last)",
                                .text = &train.select_text};
  options[count++] = (SnOption){.name = "resume",
                                .help = "go on where an interrupted run with the same options stopped",
                                .present = &train.resume};
  options[count++] = (SnOption){.name = "force",
                                .help =
                                    "replace an earlier model of other settings, and results of other photographs, in "
                                    "the same folder (an error)",
                                .present = &train.force};
  options[count++] =
      (SnOption){.name = "checkpoint-every",
                 .argument = "SECONDS",
                 .help = "save the state for --resume after the first epoch that ends so long after the last time (30)",
                 .text = &train.checkpoint_text};
  options[count++] = (SnOption){.name = "skip-broken",
                                .help =
                                    "leave out photographs that cannot be read and count them in metrics.json "
                                    "(the first one ends the training)",
                                .present = &train.skip_broken};
  sn_add_memory_option(options, &count, &train.memory);
  sn_add_device_options(options, &count, &train.device);
  sn_add_setting_options(options, &count, &train.settings);
  SnUsage usage = {"train", "",
                   "Trains a detector on the good images of one category, tests it, and writes model.safetensors,\n"
                   "metrics.json, training.csv and scores.csv.",
                   options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  SnSettings settings;
  if (!read_numbers(&train, &settings) || !sn_use_device(&train.device) || !sn_check_data(&train.data))
    return sn_report_misuse();
  SnDataset dataset;
  if (!sn_open_data(&train.data, train.out, &dataset)) return sn_report_error();
  status = train_category(&train, &settings, &dataset);
  sn_dataset_free(&dataset);
  return status;
}
