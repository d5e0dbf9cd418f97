#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/number.h"
#include "cli/device_options.h"
#include "cli/messages.h"
#include "cli/photographs.h"
#include "cli/predictor.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "cli/watch.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"

enum { IMAGES_AT_ONCE = 4 };

typedef struct Predict {
  const char *threshold_text, *format_text, *saved_text, *watched;
  bool only_new;
  SnModelTexts model;
  SnDeviceTexts device;
  SnPredictor predictor;
} Predict;

/* ---- what will be written ---- */

static bool plan_outputs(Predict *predict, const SnPhotographs *photographs) {
  SnPredictor *predictor = &predict->predictor;
  const SnSamples *samples = &photographs->samples;
  SnOutputs outputs = {.kinds = sn_output_kinds};
  if (!predictor->out || !sn_name_saved(&predictor->saved, samples, predictor->out, &photographs->roots))
    return sn_ok();
  sn_outputs_write(&outputs, SN_OUTPUT_SCORES, predictor->out, "scores.csv");
  sn_outputs_write(&outputs, SN_OUTPUT_SCORES, predictor->out, "scores.part.csv");
  return sn_predictor_check_outputs(predictor, samples, &outputs);
}

static bool begin_table(SnPredictor *predictor) {
  char *path = sn_make_directories(predictor->out) ? sn_path_join(predictor->out, "scores.csv") : NULL;
  if (path && sn_file_create(path, &predictor->table))
    fprintf(predictor->table.stream, "%s\n", sn_score_header(&predictor->lines));
  free(path);
  return sn_ok();
}

/* The table takes its name when it is whole. A part of it gets a name of its own, so that an earlier table stays. */
static bool end_table(SnPredictor *predictor) {
  char *path = sn_path_join(predictor->out, "scores.csv"), *part = path ? sn_part_path(path) : NULL;
  if (!sn_interrupted()) {
    if (sn_file_commit(&predictor->table)) sn_file_remove(part);
  } else if (sn_file_commit_as(&predictor->table, part)) {
    sn_message("simplenet: interrupted; the scores so far: %s\n", part);
  }
  free(path);
  free(part);
  return sn_ok();
}

/* ---- scoring ---- */

/* Opens the model and decides on the threshold. */
static SnModel *open_model(Predict *predict) {
  SnScoreLines *lines = &predict->predictor.lines;
  SnModel *model = sn_open_model(&predict->model);
  lines->calibration = sn_no_calibration();
  if (model && !predict->threshold_text) sn_choose_threshold(lines, &model->calibration);
  if (model && predict->predictor.saved.wanted[SN_SAVED_MASK] && isnan(lines->threshold))
    return sn_fail_null(
        "--save mask: there is no threshold: `simplenet calibrate` makes one from good photographs, or name one by "
        "--threshold");
  return model;
}

/* They are printed when all has been scored, so that they stand together. */
static void keep_broken(void *messages, int64_t index, const char *message) {
  (void)index;
  sn_names_append(messages, message);
}

static int predict_samples(Predict *predict, const SnSamples *samples) {
  SnPredictor *predictor = &predict->predictor;
  int64_t batches = (samples->count + IMAGES_AT_ONCE - 1) / IMAGES_AT_ONCE;
  SnNames broken = {0};
  SnModel *model = open_model(predict);
  if (!model || (predictor->out && !begin_table(predictor))) return sn_report_error();
  sn_catch_interrupts();
  if (predictor->lines.format == SN_SCORES_CSV) sn_print("%s\n", sn_score_header(&predictor->lines));
  if (sn_predictor_open(predictor, model, (samples->count + batches - 1) / batches))
    sn_predict(predictor, samples, keep_broken, &broken);
  for (int64_t i = 0; i < broken.count; i++) sn_message("simplenet: %s\n", broken.items[i]);
  sn_print_facts(&predictor->facts, &model->settings.view);
  int status = sn_predictor_status(predictor, broken.count);
  sn_names_free(&broken);
  if (predictor->table.stream) end_table(predictor);
  if (!sn_ok()) return sn_report_error();
  return sn_interrupted() ? SN_EXIT_INTERRUPTED : status;
}

static int predict_named(Predict *predict, int count, char **names) {
  SnPhotographs photographs = {0};
  sn_find_named_photographs(count, names, predict->predictor.out, &photographs);
  int status = sn_ok() && plan_outputs(predict, &photographs) ? predict_samples(predict, &photographs.samples)
                                                              : sn_report_error();
  sn_free_saved_names(&predict->predictor.saved);
  sn_photographs_free(&photographs);
  return status;
}

static int predict_watched(Predict *predict) {
  SnModel *model = open_model(predict);
  SnWatchOptions options = {.folder = predict->watched, .only_new = predict->only_new};
  return model ? sn_watch(&predict->predictor, model, &options) : sn_report_error();
}

/* ---- the command ---- */

static void add_options(SnOption *options, int *count, Predict *predict) {
  sn_add_model_options(options, count, &predict->model);
  options[(*count)++] = (SnOption){.name = "out",
                                   .argument = "FOLDER",
                                   .help =
                                       "write scores.csv (after an interruption scores.part.csv) and what --save "
                                       "names of every photograph (nothing is written)",
                                   .text = &predict->predictor.out};
  options[(*count)++] =
      (SnOption){.name = "save",
                 .argument = "KINDS",
                 .help =
                     "below --out, with commas between: panel, NAME_heatmap.png, photograph and heat map side by "
                     "side; and at the photograph's own size overlay, NAME_overlay.png, the heat map over it; "
                     "mask, NAME_pred_mask.png, 255 where the map reaches the threshold, else 0; map, "
                     "NAME_anomaly_map.tiff, its values as float32 (panel)",
                 .text = &predict->saved_text};
  options[(*count)++] = (SnOption){.name = "threshold",
                                   .argument = "X",
                                   .help =
                                       "score from which a photograph is called defective (the model's calibrated "
                                       "threshold; else where F1 was largest on its test set, chosen by its labels)",
                                   .text = &predict->threshold_text};
  options[(*count)++] = (SnOption){.name = "format",
                                   .argument = "text|csv|json",
                                   .help = "of what is printed: for people, a table, or an object a line (text)",
                                   .text = &predict->format_text};
  options[(*count)++] =
      (SnOption){.name = "watch",
                 .argument = "FOLDER",
                 .help =
                     "instead of names: score what is in the folder and its sub-folders, and what arrives there, "
                     "until Ctrl-C or SIGTERM; then nothing but what --save names is written below --out, as "
                     "NAME.png_heatmap.png with the photograph's own ending",
                 .text = &predict->watched};
  options[(*count)++] = (SnOption){.name = "only-new",
                                   .help = "with --watch: leave out what is in the folder when it begins",
                                   .present = &predict->only_new};
  sn_add_device_options(options, count, &predict->device);
  sn_add_tuned_option(options, count, &predict->device);
  sn_add_foreign_options(options, count, &predict->model);
}

static bool read_texts(Predict *predict) {
  SnPredictor *predictor = &predict->predictor;
  predictor->model_path = predict->model.model;
  predictor->weights_path = predict->model.weights;
  if (predict->threshold_text)
    sn_parse_real("--threshold", predict->threshold_text, -1e39, 1e39, &predictor->lines.threshold);
  return sn_read_score_format(predict->format_text, &predictor->lines.format) &&
         sn_read_saved_kinds(predict->saved_text, &predictor->saved) && sn_use_device(&predict->device);
}

int sn_command_predict(int argc, char **argv) {
  Predict predict = {.device.of_detector = true};
  predict.model.device = &predict.device;
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  add_options(options, &count, &predict);
  SnUsage usage = {
      "predict", "IMAGE|FOLDER...",
      "Scores photographs: a larger score is more anomalous. A folder is looked through with its\n"
      "sub-folders, and what is left out there is counted; a name with *, ? or [ that is no file's is a\n"
      "pattern; - stands for names on standard input, one a line. Photographs that cannot be read are named\n"
      "and left out. What is written of a photograph lies below --out, where the photographs' folders are\n"
      "mirrored; files of such names are never taken for photographs. Where the model does not look, an\n"
      "overlay is the plain photograph, a mask 0, and a map its own minimum.\n"
      "A line of text has the score, the normalised score (calibrated models; 0.5 is the threshold), the\n"
      "verdict (where there is a threshold) and the name.\n"
      "The exit status is 0 where no photograph is called defective, 3 where one is, 1 where something\n"
      "failed, and 130 after an interruption (not of --watch).",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals == 0 && !predict.watched) return sn_usage_error(&usage, "name photographs or folders of them");
  if (positionals > 0 && predict.watched) return sn_usage_error(&usage, "expected either --watch FOLDER or names");
  if (predict.only_new && !predict.watched) return sn_usage_error(&usage, "--only-new needs --watch FOLDER");
  if (predict.saved_text && !predict.predictor.out) return sn_usage_error(&usage, "--save needs --out FOLDER");
  if (!read_texts(&predict)) return sn_report_misuse();
  return predict.watched ? predict_watched(&predict) : predict_named(&predict, positionals, argv);
}
