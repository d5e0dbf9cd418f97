#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "anomaly/view.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "cli/device_options.h"
#include "cli/messages.h"
#include "cli/photographs.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"
#include "report/results.h"

enum { IMAGES_AT_ONCE = 4 };

typedef enum Format { TEXT, CSV, JSON } Format;

typedef struct Predict {
  const char *out, *threshold_text;
  SnModelTexts model;
  SnDeviceTexts device;
  double threshold;          /* of the image score; NaN: no verdict */
  SnCalibration calibration; /* of the model; none where --threshold is given */
  SnFileWriter table;        /* stream NULL without --out */
  const char *format_text;
  Format format;     /* of what is printed */
  int64_t unscored;  /* photographs whose score is not finite */
  int64_t defective; /* photographs called so */
  SnOutputNames pictures;
  int64_t undrawn; /* pictures that could not be written */
} Predict;

/* ---- what will be written ---- */

static bool plan_outputs(Predict *predict, const SnPhotographs *photographs) {
  const SnSamples *samples = &photographs->samples;
  SnOutputs outputs = {.kinds = sn_output_kinds};
  if (!predict->out || !sn_name_heatmaps(samples, predict->out, &photographs->roots, &predict->pictures))
    return sn_ok();
  sn_outputs_read(&outputs, predict->model.model);
  sn_outputs_read(&outputs, predict->model.weights);
  sn_outputs_read_samples(&outputs, samples);
  sn_outputs_write(&outputs, SN_OUTPUT_SCORES, predict->out, "scores.csv");
  sn_outputs_write(&outputs, SN_OUTPUT_SCORES, predict->out, "scores.part.csv");
  sn_outputs_write_names(&outputs, SN_OUTPUT_HEATMAP, &predict->pictures);
  return sn_outputs_are_clear(&outputs);
}

/* ---- scoring ---- */

/* A picture that cannot be written is named, and the photographs after it are still scored. */
static void draw(Predict *predict, const SnPictureOf *what, const SnScale *scale) {
  if (sn_write_picture(&predict->pictures, what, scale, predict->threshold)) return;
  sn_report_error();
  sn_clear_error();
  predict->undrawn++;
}

static bool is_calibrated(const Predict *predict) {
  return sn_threshold_basis(&predict->calibration) == SN_THRESHOLD_FALSE_ALARMS;
}

static bool has_verdict(const Predict *predict) { return !isnan(predict->threshold); }

static bool is_defective(const Predict *predict, double score) { return score >= predict->threshold; }

static const char *header(const Predict *predict) {
  return !has_verdict(predict)    ? "image,score"
         : is_calibrated(predict) ? "image,score,defective,normalised"
                                  : "image,score,defective";
}

/* A line of the table without its end, to be released with free(). */
static char *table_row(const Predict *predict, const char *path, double score) {
  char number[SN_NUMBER_TEXT], normalised[SN_NUMBER_TEXT] = "", *field = sn_csv_field(path);
  if (is_calibrated(predict)) sn_number_text(sn_calibrated_score(&predict->calibration, score), normalised);
  const char *verdict = !has_verdict(predict) ? "" : is_defective(predict, score) ? ",1" : ",0";
  char *row = !field ? NULL
                     : sn_format("%s,%s%s%s%s", field, sn_number_text(score, number), verdict, *normalised ? "," : "",
                                 normalised);
  free(field);
  return row;
}

static void print_text(const Predict *predict, const char *path, double score) {
  const char *verdict = !has_verdict(predict) ? "" : is_defective(predict, score) ? "defective" : "good";
  /* rounded down: a score that is copied from here to --threshold calls its photograph defective */
  sn_print("%9.4f  ", floor(1e4 * score) / 1e4);
  if (is_calibrated(predict)) sn_print("%6.4f  ", floor(1e4 * sn_calibrated_score(&predict->calibration, score)) / 1e4);
  sn_print("%-9s  %s\n", verdict, path);
}

static void print_json(const Predict *predict, const char *path, double score) {
  cJSON *object = sn_json_new();
  if (!object) return;
  sn_json_add_text(object, "image", path);
  sn_json_add_number(object, "score", score);
  if (has_verdict(predict)) {
    sn_json_add_number(object, "threshold", predict->threshold);
    sn_json_add_bool(object, "defective", is_defective(predict, score));
  }
  if (is_calibrated(predict))
    sn_json_add_number(object, "normalised", sn_calibrated_score(&predict->calibration, score));
  char *line = sn_json_print_line(object);
  if (line) sn_print("%s\n", line);
  free(line);
}

static void print_score(Predict *predict, const char *path, double score) {
  char *row = table_row(predict, path, score);
  if (predict->format == TEXT) print_text(predict, path, score);
  if (predict->format == CSV && row) sn_print("%s\n", row);
  if (predict->format == JSON) print_json(predict, path, score);
  if (predict->table.stream && row) fprintf(predict->table.stream, "%s\n", row);
  if (has_verdict(predict)) predict->defective += is_defective(predict, score);
  free(row);
}

/* The colours of the model's test set where it was calibrated, so that pictures of different days compare. */
static SnScale scale_for(const SnCalibration *calibration, const float *maps, int64_t count) {
  if (isnan(calibration->low) || isnan(calibration->high)) return sn_scale_of(maps, count, NAN);
  return (SnScale){calibration->low, calibration->high, calibration->pixel_threshold};
}

/* A photograph without a finite score is named and left out, as one that cannot be read is. */
static bool has_score(Predict *predict, const char *path, float score, const float *map, int64_t pixels) {
  if (sn_check_scores(path, score, map, pixels)) return true;
  sn_report_error();
  sn_clear_error();
  predict->unscored++;
  return false;
}

static bool predict_batch(Predict *predict, const SnModel *model, SnScorer *scorer, const SnSamples *samples,
                          const SnBatch *batch) {
  SnSize crop = model->settings.view.crop;
  int64_t pixels = sn_size_pixels(crop);
  SnScope *scope = sn_scope_open();
  float *maps = sn_scope_allocate(batch->count * pixels, sizeof *maps, NULL);
  float *scores = sn_scope_allocate(batch->count, sizeof *scores, NULL);
  if (sn_ok() && sn_scorer_run_images(scorer, batch->images, batch->count, maps, scores)) {
    SnScale scale = scale_for(&model->calibration, maps, batch->count * pixels);
    for (int64_t i = 0; i < batch->count && sn_ok(); i++) {
      const SnSample *sample = &samples->items[batch->indices[i]];
      const float *map = maps + i * pixels;
      if (!has_score(predict, sample->path, scores[i], map, pixels)) continue;
      print_score(predict, sample->path, (double)scores[i]);
      if (!predict->out) continue;
      SnPictureOf what = {.sample = sample,
                          .name = sample->path,
                          .thumbnail = batch->thumbnails + i * sn_size_pixels(sn_thumbnail_size(crop)) * 3,
                          .size = crop,
                          .map = map,
                          .score = (double)scores[i]};
      if (sn_ok()) draw(predict, &what, &scale);
    }
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* Scores everything that can be loaded and names the rest; false when some could not be. */
static bool predict_all(Predict *predict, SnModel *model, const SnSamples *samples) {
  int64_t batches = (samples->count + IMAGES_AT_ONCE - 1) / IMAGES_AT_ONCE;
  SnLoaderOptions options = {.load = sn_load_options(&model->settings),
                             .batch_size = (samples->count + batches - 1) / batches,
                             .thumbnails = predict->out != NULL,
                             .skip_broken = true};
  options.load.thumbnail = sn_thumbnail_size(model->settings.view.crop);
  SnScorer *scorer = sn_scorer_consume(model, options.batch_size);
  SnLoader *loader = scorer ? sn_loader_open(NULL, samples, &options) : NULL;
  if (!loader) return false;
  for (SnBatch batch; !sn_interrupted() && sn_loader_next(loader, &batch);)
    if (!predict_batch(predict, model, scorer, samples, &batch)) break;
  const SnBroken *broken = sn_loader_broken(loader);
  int64_t failures = broken->messages.count;
  for (int64_t i = 0; i < failures; i++) sn_message("simplenet: %s\n", broken->messages.items[i]);
  sn_print_facts(sn_loader_facts(loader), &model->settings.view);
  sn_loader_close(loader);
  return sn_ok() && failures + predict->unscored == 0;
}

static bool begin_table(Predict *predict) {
  char *path = sn_make_directories(predict->out) ? sn_path_join(predict->out, "scores.csv") : NULL;
  if (path && sn_file_create(path, &predict->table)) fprintf(predict->table.stream, "%s\n", header(predict));
  free(path);
  return sn_ok();
}

/* The table takes its name when it is whole. A part of it gets a name of its own, so that an earlier table stays. */
static bool end_table(Predict *predict) {
  char *path = sn_path_join(predict->out, "scores.csv"), *part = path ? sn_part_path(path) : NULL;
  if (!sn_interrupted()) {
    if (sn_file_commit(&predict->table)) sn_file_remove(part);
  } else if (sn_file_commit_as(&predict->table, part)) {
    sn_message("simplenet: interrupted; the scores so far: %s\n", part);
  }
  free(path);
  free(part);
  return sn_ok();
}

/* The model's own, and says what it is. */
static void choose_threshold(Predict *predict, const SnCalibration *calibration) {
  char *text = sn_threshold_text(calibration);
  predict->calibration = *calibration;
  predict->threshold = sn_decision_threshold(calibration);
  if (text) sn_message("%s\n", text);
  free(text);
}

static int predict_samples(Predict *predict, const SnSamples *samples) {
  SnModel *model = sn_open_model(&predict->model);
  predict->calibration = sn_no_calibration();
  if (model && !predict->threshold_text) choose_threshold(predict, &model->calibration);
  if (!model || (predict->out && !begin_table(predict))) return sn_report_error();
  sn_catch_interrupts();
  if (predict->format == CSV) sn_print("%s\n", header(predict));
  bool whole = predict_all(predict, model, samples);
  if (predict->table.stream) end_table(predict);
  if (!sn_ok()) return sn_report_error();
  if (sn_interrupted()) return SN_EXIT_INTERRUPTED;
  if (!whole || predict->undrawn > 0) return SN_EXIT_FAILURE;
  return predict->defective > 0 ? SN_EXIT_DEFECTIVE : SN_EXIT_OK;
}

static void read_format(Predict *predict) {
  static const char *const names[] = {"text", "csv", "json"};
  if (!predict->format_text) return;
  for (int i = 0; i < 3; i++)
    if (strcmp(predict->format_text, names[i]) == 0) {
      predict->format = (Format)i;
      return;
    }
  sn_fail("--format: expected text, csv or json, found '%s'", predict->format_text);
}

int sn_command_predict(int argc, char **argv) {
  Predict predict = {0};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_model_options(options, &count, &predict.model);
  options[count++] = (SnOption){.name = "out",
                                .argument = "FOLDER",
                                .help =
                                    "write scores.csv (after an interruption scores.part.csv) and a heat map of every "
                                    "photograph (nothing is written)",
                                .text = &predict.out};
  options[count++] = (SnOption){.name = "threshold",
                                .argument = "X",
                                .help =
                                    "score from which a photograph is called defective (the model's calibrated "
                                    "threshold; else where F1 was largest on its test set, chosen by its labels)",
                                .text = &predict.threshold_text};
  options[count++] = (SnOption){.name = "format",
                                .argument = "text|csv|json",
                                .help = "of what is printed: for people, a table, or an object a line (text)",
                                .text = &predict.format_text};
  sn_add_device_options(options, &count, &predict.device);
  sn_add_tuned_option(options, &count, &predict.device);
  sn_add_foreign_options(options, &count, &predict.model);
  SnUsage usage = {
      "predict", "IMAGE|FOLDER...",
      "Scores photographs: a larger score is more anomalous. A folder is looked through with its\n"
      "sub-folders, and what is left out there is counted; - stands for names on standard input, one a\n"
      "line. Photographs that cannot be read are named and left out. A heat map is NAME_heatmap.png below\n"
      "--out, where the photographs' folders are mirrored; files of that name are never taken for\n"
      "photographs.\n"
      "The exit status is 0 where no photograph is called defective, 3 where one is, and 1 where something\n"
      "failed.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals == 0) return sn_usage_error(&usage, "name photographs or folders of them");
  if (predict.threshold_text) sn_parse_real("--threshold", predict.threshold_text, -1e39, 1e39, &predict.threshold);
  read_format(&predict);
  if (!sn_ok() || !sn_use_device(&predict.device)) return sn_report_misuse();
  SnPhotographs photographs = {0};
  sn_find_named_photographs(positionals, argv, predict.out, &photographs);
  status = sn_ok() && plan_outputs(&predict, &photographs) ? predict_samples(&predict, &photographs.samples)
                                                           : sn_report_error();
  sn_output_names_free(&predict.pictures);
  sn_photographs_free(&photographs);
  return status;
}
