#include "cli/predictor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "anomaly/map.h"
#include "anomaly/view.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "datasets/loader.h"
#include "datasets/outputs.h"

bool sn_predictor_check_outputs(const SnPredictor *predictor, const SnSamples *samples, SnOutputs *outputs) {
  sn_outputs_read(outputs, predictor->model_path);
  sn_outputs_read(outputs, predictor->weights_path);
  sn_outputs_read_samples(outputs, samples);
  sn_outputs_write_saved(outputs, &predictor->saved);
  return sn_outputs_are_clear(outputs);
}

/* A picture that cannot be written is named, and the photographs after it are still scored. */
static void draw(SnPredictor *predictor, const SnPictureOf *what, const SnScale *scale) {
  const SnViewSettings *view = &predictor->model->settings.view;
  if (sn_save_pictures(&predictor->saved, view, what, scale, predictor->lines.threshold)) return;
  sn_report_error();
  sn_clear_error();
  predictor->undrawn++;
}

/* The colours of the model's test set where it was calibrated, so that pictures of different days compare. */
static SnScale scale_for(const SnCalibration *calibration, const float *maps, int64_t count) {
  if (isnan(calibration->low) || isnan(calibration->high)) return sn_scale_of(maps, count, NAN);
  return (SnScale){calibration->low, calibration->high, calibration->pixel_threshold};
}

/* A photograph without a finite score is named and left out, as one that cannot be read is. */
static bool has_score(SnPredictor *predictor, const char *path, float score, const float *map, int64_t pixels) {
  if (sn_check_scores(path, score, map, pixels)) return true;
  sn_report_error();
  sn_clear_error();
  predictor->unscored++;
  return false;
}

static void put_score(SnPredictor *predictor, const char *path, double score) {
  const SnScoreLines *lines = &predictor->lines;
  char *row = sn_score_row(lines, path, score);
  sn_print_score(lines, path, score, row);
  if (predictor->prompt) sn_terminal_flush();
  if (predictor->table.stream && row) fprintf(predictor->table.stream, "%s\n", row);
  predictor->scored++;
  predictor->defective += sn_is_defective(lines, score);
  free(row);
}

static bool predict_batch(SnPredictor *predictor, const SnSamples *samples, const SnBatch *batch) {
  SnSize crop = predictor->model->settings.view.crop;
  int64_t pixels = sn_size_pixels(crop);
  SnScope *scope = sn_scope_open();
  float *maps = sn_scope_allocate(batch->count * pixels, sizeof *maps, NULL);
  float *scores = sn_scope_allocate(batch->count, sizeof *scores, NULL);
  if (sn_ok() && sn_scorer_run_images(predictor->scorer, batch->images, batch->count, maps, scores)) {
    SnScale scale = scale_for(&predictor->model->calibration, maps, batch->count * pixels);
    for (int64_t i = 0; i < batch->count && sn_ok(); i++) {
      const SnSample *sample = &samples->items[batch->indices[i]];
      const float *map = maps + i * pixels;
      if (!has_score(predictor, sample->path, scores[i], map, pixels)) continue;
      put_score(predictor, sample->path, (double)scores[i]);
      if (!predictor->out) continue;
      SnPictureOf what = {.sample = sample,
                          .name = sample->path,
                          .thumbnail = batch->thumbnails + i * sn_size_pixels(sn_thumbnail_size(crop)) * 3,
                          .size = crop,
                          .map = map,
                          .score = (double)scores[i]};
      if (sn_ok()) draw(predictor, &what, &scale);
    }
  }
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_predictor_open(SnPredictor *predictor, SnModel *model, int64_t batch) {
  predictor->model = model;
  predictor->batch = batch;
  predictor->scorer = sn_scorer_consume(model, batch);
  return predictor->scorer != NULL;
}

bool sn_predict(SnPredictor *predictor, const SnSamples *samples, SnOnBroken on_broken, void *context) {
  const SnSettings *settings = &predictor->model->settings;
  SnLoaderOptions options = {.load = sn_load_options(settings),
                             .batch_size = predictor->batch,
                             .thumbnails = predictor->out != NULL,
                             .skip_broken = true};
  options.load.thumbnail = sn_thumbnail_size(settings->view.crop);
  SnLoader *loader = sn_loader_open(NULL, samples, &options);
  if (!loader) return false;
  for (SnBatch batch; !sn_interrupted() && sn_loader_next(loader, &batch);)
    if (!predict_batch(predictor, samples, &batch)) break;
  const SnBroken *broken = sn_loader_broken(loader);
  for (int64_t i = 0; i < broken->messages.count; i++)
    on_broken(context, broken->indices[i], broken->messages.items[i]);
  sn_facts_add(&predictor->facts, sn_loader_facts(loader));
  sn_loader_close(loader);
  return sn_ok();
}

int sn_predictor_status(const SnPredictor *predictor, int64_t broken) {
  if (broken + predictor->unscored + predictor->undrawn > 0) return SN_EXIT_FAILURE;
  return predictor->defective > 0 ? SN_EXIT_DEFECTIVE : SN_EXIT_OK;
}
