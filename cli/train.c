#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/name.h"
#include "base/number.h"
#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/model_options.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/train_outputs.h"
#include "models/backbones/embedded.h"
#include "models/simplenet/checkpoint.h"
#include "models/simplenet/notes.h"
#include "report/results.h"

typedef struct Train {
  const char *backbone, *weights, *out, *eval_every_text, *select_text, *checkpoint_text, *memory;
  SnDataTexts data;
  SnSettingTexts settings;
  SnDeviceTexts device;
  bool resume, skip_broken, force;
  double checkpoint_seconds;
  int64_t eval_every;
  SnSelection selection;
} Train;

/* ---- what the run tells on its way ---- */

/* The bar counts the steps of all epochs. */
typedef struct Listener {
  SnProgressBar bar;
  const SnRun **run;
  double last_line;
} Listener;

static bool show_features(void *context, int64_t done, int64_t total) {
  Listener *listener = context;
  sn_progress_show(&listener->bar, done, total);
  return !sn_interrupted();
}

static bool show_steps(void *context, int64_t done, int64_t total) {
  Listener *listener = context;
  if (*listener->run) {
    const SnTraining *training = (*listener->run)->training;
    int64_t epochs = training->model->settings.epochs;
    sn_progress_show(&listener->bar, training->epoch * total + done, epochs * total);
  }
  return !sn_interrupted();
}

/* A line an epoch, but not more than one in two seconds unless there is something to tell. */
static void show_epoch(void *context, const SnRun *run, const SnEvaluation *evaluation) {
  Listener *listener = context;
  const SnEpochRow *row = &run->rows[run->training->epoch - 1];
  bool last = row->epoch == run->model->settings.epochs;
  if (!evaluation && !last && row->epoch > 1 && sn_seconds() - listener->last_line < 2) return;
  listener->last_line = sn_seconds();
  sn_progress_clear(&listener->bar);
  sn_print("epoch %lld  loss %.4f  p_true %.3f  p_fake %.3f  %.1f s", (long long)row->epoch, row->result.loss,
           row->result.p_true, row->result.p_fake, row->seconds);
  if (evaluation) {
    sn_print_metric("  image AUROC", evaluation->image_auroc);
    sn_print_metric("  pixel AUROC", evaluation->pixel_auroc);
  }
  sn_print("\n");
  sn_terminal_flush();
}

/* ---- results ---- */

static bool save_model(const SnSimpleNet *model, const SnTestResult *test, const char *path) {
  SnStateDict *notes = sn_state_dict_new();
  if (!notes) return false;
  int64_t pixels = test->image_count * model->settings.crop * model->settings.crop;
  SnNotes found = sn_make_notes(test->maps, pixels, &test->evaluation);
  if (!sn_add_notes(notes, &found)) return false;
  return sn_simplenet_save(model, path, notes);
}

static bool write_results(SnRun *run, const Train *train, const char *folder) {
  SnTestResult *test = sn_run_test(run, train->selection, NULL);
  if (!test) return false;
  SnOrigin origin = sn_origin_of(&train->data);
  SnResults results = {run->dataset,        run->model, &test->evaluation, train->selection, run,
                       run->skipped->count, &origin};
  char *paths[] = {sn_path_join(folder, "model.safetensors"), sn_path_join(folder, "metrics.json"),
                   sn_path_join(folder, "training.csv"), sn_path_join(folder, "scores.csv")};
  if (sn_ok()) {
    save_model(run->model, test, paths[0]);
    sn_write_training_table(paths[2], run);
    sn_write_score_table(paths[3], run->dataset, test->image_scores);
    sn_write_metrics(paths[1], &results);
  }
  for (int i = 0; i < 4; i++) free(paths[i]);
  if (!sn_ok()) return false;
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

static bool train_and_write(SnRun *run, const Train *train, Listener *listener, const SnRunListener *hooks,
                            const char *folder) {
  SnOrigin origin = sn_origin_of(&train->data);
  char *photographs = sn_origin_of_training(&origin);
  run->photographs = photographs;
  char *checkpoint = sn_path_join(folder, "checkpoint.safetensors");
  bool resumed = train->resume && checkpoint && sn_is_file(checkpoint);
  if (resumed && sn_checkpoint_read(run, checkpoint))
    sn_print("resumed after epoch %lld\n", (long long)run->training->epoch);
  listener->bar = sn_progress_begin("training");
  bool whole = sn_run_train(run, train->eval_every, checkpoint, train->checkpoint_seconds, hooks);
  sn_progress_clear(&listener->bar);
  if (!whole && sn_ok())
    sn_message("simplenet: interrupted in epoch %lld; go on with the same command and --resume\n",
               (long long)run->training->epoch + 1);
  bool written = whole && write_results(run, train, folder);
  if (written && checkpoint) sn_file_remove(checkpoint);
  run->photographs = NULL;
  free(photographs);
  free(checkpoint);
  return written;
}

static bool check_outputs(const Train *train, const SnDataset *dataset, const SnSimpleNet *model, const char *folder) {
  SnTrainOutputs outputs = {folder,        train->weights, dataset, model, sn_origin_of(&train->data),
                            train->resume, train->force};
  return sn_check_train_outputs(&outputs);
}

static int train_category(const Train *train, const SnSimpleNetSettings *settings, SnDataset *dataset) {
  sn_warn_of_crop(settings, &dataset->train);
  SnSimpleNet *model = sn_simplenet_new(settings, train->weights);
  char *folder = sn_path_below(train->out, dataset->category);
  if (!model || !folder || !check_outputs(train, dataset, model, folder) || !sn_make_directories(folder) ||
      !sn_folder_lock(folder) || !sn_limit_features(train->memory, dataset->test.count, model)) {
    free(folder);
    return sn_report_error();
  }
  sn_print("%s: %lld training images, %lld test images of which %lld defective\n", dataset->category,
           (long long)dataset->train.count, (long long)dataset->test.count,
           (long long)sn_samples_defective(&dataset->test));
  sn_terminal_flush();
  sn_catch_interrupts();
  const SnRun *current = NULL;
  Listener listener = {.bar = sn_progress_begin("features"), .run = &current};
  SnRunListener hooks = {&listener, show_features, show_steps, show_epoch};
  if (!train->skip_broken) dataset->advice = SN_SKIP_BROKEN_ADVICE;
  SnRun *run = sn_run_new(model, dataset, train->selection == SN_SELECT_BEST_TEST, train->skip_broken, &hooks);
  sn_progress_clear(&listener.bar);
  current = run;
  bool done = false;
  sn_backbone_release(model->backbone); /* the rest needs the head only */
  if (run) {
    sn_print_skipped(run->skipped);
    SnFacts facts = run->train_features->facts;
    sn_facts_add(&facts, &run->test_features->facts);
    sn_tell_facts(&facts, settings);
    sn_print("features of %lld numbers at %lld x %lld positions in %.1f s\n", (long long)model->channels,
             (long long)model->grid, (long long)model->grid, run->seconds_features);
    sn_tell_of_files();
    done = train_and_write(run, train, &listener, &hooks, folder);
  }
  free(folder);
  if (!sn_ok()) return sn_report_error();
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}

static bool read_numbers(Train *train, SnSimpleNetSettings *settings) {
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
  if (strlen(train->backbone) >= sizeof settings->backbone)
    return sn_fail("--backbone: there is no backbone '%.40s'", train->backbone);
  strcpy(settings->backbone, train->backbone);
  if (!train->weights && !sn_backbone_is_embedded(train->backbone))
    return sn_fail("--weights is missing: only the backbone embedded needs no file of weights");
  return true;
}

int sn_command_train(int argc, char **argv) {
  Train train = {.backbone = "wide_resnet50_2", .out = "results", .select_text = "last", .checkpoint_seconds = 30};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_data_options(options, &count, &train.data, true);
  options[count++] = (SnOption){.name = "backbone",
                                .argument = "NAME",
                                .help = "network that gives features; `simplenet info` lists them (wide_resnet50_2)",
                                .text = &train.backbone};
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
                   "Trains SimpleNet on the good images of one category, tests it, and writes model.safetensors,\n"
                   "metrics.json, training.csv and scores.csv.",
                   options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  SnSimpleNetSettings settings;
  if (!read_numbers(&train, &settings) || !sn_use_device(&train.device) || !sn_check_data(&train.data))
    return sn_report_misuse();
  SnDataset dataset;
  if (!sn_open_data(&train.data, train.out, &dataset)) return sn_report_error();
  status = train_category(&train, &settings, &dataset);
  sn_dataset_free(&dataset);
  return status;
}
