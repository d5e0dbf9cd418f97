#include <stdlib.h>

#include "anomaly/detector_file.h"
#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "anomaly/view.h"
#include "cli/calibrate_options.h"
#include "cli/device_options.h"
#include "cli/messages.h"
#include "cli/photographs.h"
#include "cli/progress.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "datasets/loader.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"
#include "tensor/weights.h"

enum { IMAGES_AT_ONCE = 4 };

typedef struct Calibrate {
  const char *out;
  SnModelTexts model;
  SnDeviceTexts device;
  SnCalibrateTexts rate;
} Calibrate;

static bool score_batch(SnScorer *scorer, const SnSamples *samples, const SnBatch *batch, float *map, float *scores) {
  if (!sn_scorer_run_images(scorer, batch->images, batch->count, map, scores)) return false;
  for (int64_t i = 0; i < batch->count && sn_ok(); i++)
    sn_check_scores(samples->items[batch->indices[i]].path, scores[i], NULL, 0);
  return sn_ok();
}

/* Every photograph counts: one that cannot be read is an error. False without one when interrupted. */
static bool score_all(SnModel *model, const SnSamples *samples, float *scores) {
  int64_t pixels = sn_size_pixels(model->settings.view.crop), done = 0;
  SnLoaderOptions options = {.load = sn_load_options(&model->settings), .batch_size = IMAGES_AT_ONCE};
  SnProgressBar bar = sn_progress_begin("calibration");
  float *maps = sn_scope_allocate(IMAGES_AT_ONCE * pixels, sizeof *maps, NULL);
  SnScorer *scorer = maps ? sn_scorer_consume(model, IMAGES_AT_ONCE) : NULL;
  SnLoader *loader = scorer ? sn_loader_open(NULL, samples, &options) : NULL;
  for (SnBatch batch; loader && !sn_interrupted() && sn_loader_next(loader, &batch);) {
    if (!score_batch(scorer, samples, &batch, maps, scores + done)) break;
    done += batch.count;
    sn_progress_show(&bar, done, samples->count);
  }
  sn_progress_clear(&bar);
  if (loader) sn_print_facts(sn_loader_facts(loader), &model->settings.view);
  sn_loader_close(loader);
  return sn_ok() && done == samples->count;
}

/* A model of others becomes one of ours. */
static bool write_model(const Calibrate *calibrate, const SnStateDict *file, SnModel *model,
                        const SnFalseAlarms *alarms) {
  model->calibration.false_alarms = *alarms;
  if (sn_foreign_method(file)) return sn_model_save(model, calibrate->out);
  return sn_model_write_recalibrated(file, calibrate->model.model, alarms, calibrate->out);
}

static bool plan_outputs(const Calibrate *calibrate, const SnSamples *samples, bool is_detector) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, calibrate->model.model);
  sn_outputs_read(&outputs, calibrate->model.weights);
  sn_outputs_read_samples(&outputs, samples);
  sn_outputs_write(&outputs, is_detector ? SN_OUTPUT_DETECTOR : SN_OUTPUT_MODEL, "", calibrate->out);
  return sn_outputs_are_clear(&outputs);
}

static int calibrate_by(const Calibrate *calibrate, const SnStateDict *file, const SnSamples *samples) {
  SnFalseAlarms alarms;
  SnModel *model = sn_open_model(&calibrate->model);
  float *scores = model ? sn_scope_allocate(samples->count, sizeof *scores, NULL) : NULL;
  sn_catch_interrupts();
  bool done = scores && score_all(model, samples, scores) &&
              sn_false_alarms_from(scores, samples->count, calibrate->rate.rate, &alarms) &&
              write_model(calibrate, file, model, &alarms);
  if (!sn_ok()) return sn_report_error();
  if (!done) return SN_EXIT_INTERRUPTED;
  char *text = sn_threshold_text(&model->calibration);
  if (text) sn_print("%s\nwritten: %s\n", text, calibrate->out);
  free(text);
  return SN_EXIT_OK;
}

int sn_command_calibrate(int argc, char **argv) {
  Calibrate calibrate = {.device.of_detector = true};
  calibrate.model.device = &calibrate.device;
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_model_options(options, &count, &calibrate.model);
  sn_add_false_alarms_option(options, &count, &calibrate.rate);
  options[count++] = (SnOption){.name = "out",
                                .argument = "FILE",
                                .help = "the new model file; the one that is read stays as it is",
                                .text = &calibrate.out,
                                .required = true};
  sn_add_device_options(options, &count, &calibrate.device);
  sn_add_tuned_option(options, &count, &calibrate.device);
  sn_add_foreign_options(options, &count, &calibrate.model);
  SnUsage usage = {
      "calibrate", "IMAGE|FOLDER...",
      "Sets the threshold of a trained model by good photographs that training never saw. On average at\n"
      "most a stated share of new good photographs is then called defective. No defects and no labels are\n"
      "needed.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals == 0) return sn_usage_error(&usage, "name good photographs or folders of them");
  if (!sn_read_false_alarms(&calibrate.rate) || !sn_use_device(&calibrate.device)) return sn_report_misuse();
  SnPhotographs photographs = {0};
  SnStateDict *file =
      sn_find_named_photographs(positionals, argv, NULL, &photographs) ? sn_weights_read(calibrate.model.model) : NULL;
  bool clear = file && plan_outputs(&calibrate, &photographs.samples, sn_is_detector_file(file));
  status = clear ? calibrate_by(&calibrate, file, &photographs.samples) : sn_report_error();
  sn_photographs_free(&photographs);
  return status;
}
