#include <math.h>
#include <stdlib.h>

#include "anomaly/view.h"
#include "base/memory.h"
#include "base/name.h"
#include "base/number.h"
#include "cli/decisions.h"
#include "cli/eval_seeds.h"
#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"
#include "report/results.h"

/* Where the results go: OUT/CATEGORY, and the pictures below it. Empty without --out. */
typedef struct Places {
  char *folder;
  SnOutputNames pictures;
  SnOrigin origin;
  char *trained; /* the folder that an earlier training in the same place noted, which stays noted */
} Places;

/* Works them out, and makes sure that nothing of value is there. */
static bool plan_outputs(const SnEval *eval, const SnDataset *dataset, Places *places) {
  *places = (Places){.origin = sn_origin_of(&eval->data)};
  if (!eval->out || !sn_ok()) return sn_ok();
  places->folder = sn_path_below(eval->out, dataset->category);
  char *pictures = places->folder ? sn_path_join(places->folder, "pictures") : NULL;
  char *metrics = pictures ? sn_path_join(places->folder, "metrics.json") : NULL;
  SnOutputs outputs = {.kinds = sn_output_kinds};
  if (metrics && sn_name_pictures(&dataset->test, pictures, SN_HEATMAP_SUFFIX, NULL, &places->pictures)) {
    sn_outputs_read(&outputs, eval->model.model);
    sn_outputs_read(&outputs, eval->model.weights);
    sn_outputs_read_dataset(&outputs, dataset);
    sn_outputs_write(&outputs, SN_OUTPUT_METRICS, places->folder, "metrics.json");
    sn_outputs_write(&outputs, SN_OUTPUT_TEST_SCORES, places->folder, "scores.csv");
    sn_outputs_write_names(&outputs, SN_OUTPUT_HEATMAP, &places->pictures);
    if (sn_outputs_are_clear(&outputs) && sn_origin_check(metrics, dataset->category, &places->origin))
      places->origin.folders[SN_ORIGIN_TRAIN] = places->trained = sn_origin_read(metrics, SN_ORIGIN_TRAIN);
  }
  free(metrics);
  free(pictures);
  return sn_ok();
}

static void free_places(Places *places) {
  sn_output_names_free(&places->pictures);
  free(places->trained);
  free(places->folder);
}

static double threshold_of(SnMetric metric) { return metric.reason ? NAN : metric.value; }

/* The model's calibrated threshold; else that of this test set's best F1. */
static double decides_at(const SnModel *model, const SnEvaluation *evaluation) {
  bool calibrated = sn_threshold_basis(&model->calibration) == SN_THRESHOLD_FALSE_ALARMS;
  return calibrated ? sn_decision_threshold(&model->calibration) : threshold_of(evaluation->image_f1_threshold);
}

static bool write_pictures(const SnModel *model, const SnDataset *dataset, const SnTruth *truth,
                           const SnTestResult *test, const SnOutputNames *names) {
  int64_t pixels = sn_size_pixels(model->settings.view.crop);
  SnScale scale =
      sn_scale_of(test->maps, test->image_count * pixels, threshold_of(test->evaluation.pixel_f1_threshold));
  SnLoadOptions load = sn_load_options(&model->settings);
  load.thumbnail = sn_thumbnail_size(model->settings.view.crop);
  uint8_t *thumbnail = sn_scope_allocate(3 * sn_size_pixels(load.thumbnail), 1, NULL);
  SnProgressBar bar = sn_progress_begin("pictures");
  for (int64_t i = 0; i < test->image_count && sn_ok() && !sn_interrupted(); i++) {
    const SnSample *sample = &dataset->test.items[i];
    char *name = sn_sample_name(dataset, sample);
    SnPictureOf what = {.sample = sample,
                        .name = name,
                        .label = sample->kind,
                        .thumbnail = thumbnail,
                        .size = model->settings.view.crop,
                        .map = test->maps + i * pixels,
                        .mask = truth->mask_missing[i] ? NULL : truth->masks + i * pixels,
                        .score = (double)test->image_scores[i]};
    if (name && thumbnail && sn_load_thumbnail(sample, &load, thumbnail))
      sn_write_picture(names, &what, &scale, decides_at(model, &test->evaluation));
    free(name);
    sn_progress_show(&bar, i + 1, test->image_count);
  }
  sn_progress_clear(&bar);
  return sn_ok() && !sn_interrupted();
}

static bool write_all(const SnModel *model, const SnDataset *dataset, const SnTruth *truth, const SnTestResult *test,
                      int64_t skipped, const Places *places) {
  char *metrics = sn_path_join(places->folder, "metrics.json"), *scores = sn_path_join(places->folder, "scores.csv");
  bool written = false;
  if (sn_ok() && sn_make_directories(places->folder)) {
    SnResults results = {
        .dataset = dataset, .model = model, .test = test, .skipped = skipped, .origin = &places->origin};
    sn_write_metrics(metrics, &results);
    sn_write_score_table(scores, dataset, test->image_scores);
    written = write_pictures(model, dataset, truth, test, &places->pictures);
    if (written) sn_print("written: %s\n", places->folder);
  }
  free(metrics);
  free(scores);
  return written;
}

static int eval_dataset(const SnEval *eval, SnDataset *dataset, const Places *places, SnNames *skipped) {
  if (dataset->test.count == 0) {
    sn_fail("%s: the category %s has no test images", dataset->root, dataset->category);
    return sn_report_error();
  }
  SnModel *model = sn_open_model(&eval->model);
  SnTruth *truth = model ? sn_truth_new(dataset->test.count, model->settings.view.crop) : NULL;
  if (!truth) return sn_report_error();
  SnFeatures *features = sn_eval_features(eval, model, dataset, truth, skipped);
  SnTestResult *test = features ? sn_test(model, dataset, features, truth, NULL) : NULL;
  if (test) {
    sn_print("%s: %lld test images of which %lld defective\n", dataset->category, (long long)dataset->test.count,
             (long long)sn_samples_defective(&dataset->test));
    sn_print_evaluation(&test->evaluation);
    sn_print_decisions(&model->calibration, test, dataset);
  }
  bool done = test && (!eval->out || write_all(model, dataset, truth, test, skipped->count, places));
  if (!sn_ok()) return sn_report_error();
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}

static bool check_seeds(const SnOption *option) {
  int64_t seeds;
  return sn_parse_integer("--seeds", *option->text, 1, SN_EVAL_MAX_SEEDS, &seeds);
}

static bool read_seeds(SnEval *eval) {
  if (!eval->seeds_text) return true;
  if (!sn_parse_integer("--seeds", eval->seeds_text, 1, SN_EVAL_MAX_SEEDS, &eval->seeds)) return false;
  return sn_is_directory(eval->model.model) || !sn_is_file(eval->model.model) ||
         sn_fail("--seeds: %s is one model; --model is to name the folder with seed-0 and the like", eval->model.model);
}

static int eval_model(const SnEval *eval, SnDataset *dataset, SnNames *skipped) {
  Places places;
  int status = plan_outputs(eval, dataset, &places) ? eval_dataset(eval, dataset, &places, skipped) : sn_report_error();
  free_places(&places);
  return status;
}

int sn_command_eval(int argc, char **argv) {
  SnEval eval = {.model.tests = true, .device.of_detector = true};
  eval.model.device = &eval.device;
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_model_options(options, &count, &eval.model);
  sn_add_data_options(options, &count, &eval.data, false);
  options[count++] = (SnOption){.name = "seeds",
                                .argument = "N",
                                .help =
                                    "test the first N models of a folder that `simplenet train --seeds` filled, which "
                                    "--model names, and tell their mean and standard deviation (all of its models)",
                                .text = &eval.seeds_text,
                                .check = check_seeds};
  options[count++] =
      (SnOption){.name = "out",
                 .argument = "FOLDER",
                 .help =
                     "write metrics.json, scores.csv and a picture of every test image to "
                     "FOLDER/CATEGORY; of several seeds, a folder seed-S each without pictures, seeds.csv, "
                     "seeds.json and seeds.html (nothing is written)",
                 .text = &eval.out};
  options[count++] = (SnOption){.name = "skip-broken",
                                .help =
                                    "leave out photographs that cannot be read and count them in metrics.json "
                                    "(the first one ends the test)",
                                .present = &eval.skip_broken};
  sn_add_memory_option(options, &count, &eval.memory);
  sn_add_device_options(options, &count, &eval.device);
  sn_add_tuned_option(options, &count, &eval.device);
  sn_add_foreign_options(options, &count, &eval.model);
  SnUsage usage = {
      "eval", "",
      "Tests a saved model: the same numbers as at the end of its training. Where --model is a folder that\n"
      "`simplenet train --seeds` filled, tests the models of all its seeds.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (!read_seeds(&eval) || !sn_use_device(&eval.device) || !sn_check_data(&eval.data)) return sn_report_misuse();
  SnDataset dataset;
  if (!sn_open_data(&eval.data, eval.out, &dataset)) return sn_report_error();
  SnNames skipped = {0};
  status = sn_is_directory(eval.model.model) ? sn_eval_seeds(&eval, &dataset, &skipped)
                                             : eval_model(&eval, &dataset, &skipped);
  sn_names_free(&skipped);
  sn_dataset_free(&dataset);
  return status;
}
