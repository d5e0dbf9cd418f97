#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/interrupt.h"
#include "base/name.h"
#include "base/number.h"
#include "cli/decisions.h"
#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "cli/train_outputs.h"
#include "cli/train_seeds.h"
#include "models/backbones/embedded.h"
#include "report/results.h"

static bool write_results(SnRun *run, const SnTrain *train, const SnTuning *tuning, const char *folder) {
  SnTestResult *test = sn_run_test(run, train->selection, NULL);
  SnOrigin origin = sn_origin_of(&train->data);
  SnResults results = {run->dataset, run->model, test, train->selection, run, run->skipped->count, &origin, tuning};
  if (!test || !sn_write_results(folder, &results)) return false;
  if (train->selection == SN_SELECT_BEST_TEST)
    sn_print("epoch %lld, selected by looking at the test set:\n", (long long)run->best_epoch);
  sn_print_evaluation(&test->evaluation);
  sn_print_decisions(&run->model->calibration, test, run->dataset);
  if (run->best_epoch > 0 && train->selection == SN_SELECT_LAST) sn_print_best_epoch(run);
  sn_print("written: %s\n", folder);
  return true;
}

/* True when it is trained, tested and written; false, without an error, when it was interrupted. */
static bool run_to_the_end(SnRun *run, const SnTrain *train, const SnTuning *tuning, const char *folder) {
  if (sn_train_pull(run, NULL)) {
    bool written = write_results(run, train, tuning, folder);
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

static bool check_outputs(const SnTrain *train, const SnDataset *dataset, const SnModel *model, const SnTuning *tuning,
                          const char *folder) {
  SnTrainOutputs outputs = {.folder = folder,
                            .weights = train->weights,
                            .dataset = dataset,
                            .model = model,
                            .origin = sn_origin_of(&train->data),
                            .resume = train->resume,
                            .force = train->force,
                            .tunes = train->tune.minutes != NULL,
                            .tuned = tuning != NULL};
  return sn_check_train_outputs(&outputs);
}

static bool train_model(const SnTrain *train, SnModel *model, SnDataset *dataset, const SnTuning *tuning,
                        const char *folder) {
  SnOrigin origin = sn_origin_of(&train->data);
  SnLargeMemory *memory = sn_limit_features(train->memory, dataset->test.count, model->settings.view.crop);
  char *photographs = memory ? sn_origin_of_training(&origin) : NULL;
  char *checkpoint = sn_path_join(folder, "checkpoint.safetensors");
  SnRunOptions options = sn_train_run_options(train);
  options.checkpoint = checkpoint;
  options.memory = memory;
  options.photographs = photographs;
  sn_catch_interrupts();
  if (!train->skip_broken) dataset->advice = SN_SKIP_BROKEN_ADVICE;
  SnRun *run = sn_ok() ? sn_run_new(model, dataset, &options) : NULL;
  bool done = run && run_to_the_end(run, train, tuning, folder);
  free(photographs);
  free(checkpoint);
  return done;
}

/* The untrained model; with --tune another one, of the settings that it chose, and *tuning. NULL without an error when
 * it was interrupted. */
static SnModel *tuned_model(const SnTrain *train, SnModel *model, const SnDataset *dataset, const char *folder,
                            SnTuning **tuning) {
  SnSettings settings = model->settings;
  if (!train->tune.minutes || *tuning) return model;
  if (model->backbone) sn_backbone_release(model->backbone);
  *tuning = sn_tune(&train->tune, dataset, folder, &settings);
  return *tuning ? sn_model_new(&settings, train->weights) : NULL;
}

static int train_category(const SnTrain *train, SnSettings settings, SnDataset *dataset) {
  bool done = false;
  char *folder = sn_path_below(train->out, dataset->category);
  sn_warn_of_crop(&settings.view, &dataset->train);
  SnTuning *tuning = folder && train->tune.minutes && train->resume ? sn_tune_resumed(folder, &settings) : NULL;
  SnModel *model = sn_ok() ? sn_model_new(&settings, train->weights) : NULL;
  if (model && folder && check_outputs(train, dataset, model, tuning, folder) && sn_make_directories(folder) &&
      sn_folder_lock(folder)) {
    sn_print_train_images(dataset);
    model = tuned_model(train, model, dataset, folder, &tuning);
    if (model) sn_print_train_settings(&model->settings, train->selection == SN_SELECT_BEST_TEST);
    done = model && train_model(train, model, dataset, tuning, folder);
  }
  free(folder);
  if (!sn_ok()) return sn_report_error();
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}

/* A method without a seed has no second one. */
static bool read_seeds(SnTrain *train, SnSettings *settings) {
  const SnSetting *seed = sn_setting_find(settings->method, "seed");
  int64_t first = settings->training.seed, maximum = seed ? (int64_t)seed->maximum : INT64_MAX;
  if (!sn_parse_seeds(train->seeds_text, first, maximum, &train->seeds)) return false;
  if (train->seeds.count > 1 && !seed)
    return sn_fail("--seeds: chance decides nothing in the method %s, so that all seeds give the same",
                   settings->method->name);
  if (seed) settings->training.seed = train->seeds.seeds[0];
  return true;
}

static bool read_numbers(SnTrain *train, SnSettings *settings) {
  double memory; /* read again when the model is there */
  if (!sn_read_settings(&train->settings, settings) || !sn_read_memory(train->memory, &memory) ||
      !sn_check_tune(&train->tune, settings->method))
    return false;
  if (!sn_read_calibrate_options(&train->calibrate)) return false;
  if (train->eval_every_text &&
      !sn_parse_integer("--eval-every", train->eval_every_text, 0, 1000000, &train->eval_every))
    return false;
  if (train->checkpoint_text &&
      !sn_parse_real("--checkpoint-every", train->checkpoint_text, 0, 1e6, &train->checkpoint_seconds))
    return false;
  if (strcmp(train->select_text, "last") != 0 && strcmp(train->select_text, "best-test") != 0)
    return sn_fail("--select: expected last or best-test, found '%.40s'", train->select_text);
  if (train->seeds_text && !read_seeds(train, settings)) return false;
  if (train->seeds.count > 1 && train->tune.minutes)
    return sn_fail("--tune and --seeds: choose with one seed, then train several with the options that were chosen");
  train->selection = strcmp(train->select_text, "last") == 0 ? SN_SELECT_LAST : SN_SELECT_BEST_TEST;
  if (train->selection == SN_SELECT_BEST_TEST && train->eval_every == 0) train->eval_every = 4;
  if ((settings->method->groups & SN_GROUP_FEATURES) && !train->weights &&
      !sn_backbone_is_embedded(settings->features.backbone))
    return sn_fail("--weights FILE is missing (`make weights` downloads them); --backbone embedded needs none");
  return true;
}

int sn_command_train(int argc, char **argv) {
  SnTrain train = {.out = "results", .select_text = "last", .checkpoint_seconds = 30, .seeds = {.count = 1}};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_data_options(options, &count, &train.data, true);
  options[count++] = (SnOption){
      .name = "weights",
      .argument = "FILE",
      .help =
          "the backbone's ImageNet weights under torchvision's or timm's names, safetensors or .pth; not needed for "
          "the backbone embedded, whose weights are part of the program",
      .text = &train.weights};
  options[count++] = (SnOption){
      .name = "out", .argument = "FOLDER", .help = "results go to FOLDER/CATEGORY (results)", .text = &train.out};
  options[count++] = (SnOption){.name = "seeds",
                                .argument = "N",
                                .help =
                                    "train N detectors on the same features, with the seeds from --seed on, or with "
                                    "these seeds: 3 and 0,1,2 are the same; each in a folder seed-S below "
                                    "FOLDER/CATEGORY, beside seeds.csv, seeds.json and seeds.html with their mean and "
                                    "standard deviation (1)",
                                .text = &train.seeds_text};
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
  sn_add_calibrate_options(options, &count, &train.calibrate);
  sn_add_tune_option(options, &count, &train.tune);
  sn_add_memory_option(options, &count, &train.memory);
  sn_add_device_options(options, &count, &train.device);
  sn_add_tuned_option(options, &count, &train.device);
  sn_add_setting_options(options, &count, &train.settings);
  SnUsage usage = {"train", "",
                   "Trains a detector on the good images of one category, tests it, and writes model.safetensors,\n"
                   "metrics.json, training.csv and scores.csv. Training depends on chance: --seeds says by how much.",
                   options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  SnSettings settings;
  if (!read_numbers(&train, &settings) || !sn_use_device(&train.device) || !sn_check_data(&train.data))
    return sn_report_misuse();
  train.tune.weights = train.weights;
  train.tune.memory = train.memory;
  train.tune.given = &train.settings;
  train.tune.skip_broken = train.skip_broken;
  SnDataset dataset;
  if (!sn_open_data(&train.data, train.out, &dataset)) return sn_report_error();
  if (!sn_open_calibration(&train.calibrate, &settings, train.out, &dataset))
    status = sn_report_error();
  else if (train.seeds.count > 1)
    status = sn_train_seeds(&train, &settings, &dataset);
  else
    status = train_category(&train, settings, &dataset);
  sn_dataset_free(&dataset);
  return status;
}
