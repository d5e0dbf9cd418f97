/* Training by a program: folders in, a detector in one file out. */
#include <stdlib.h>
#include <string.h>

#include "anomaly/detector_file.h"
#include "anomaly/run.h"
#include "anomaly/view.h"
#include "api/compute.h"
#include "api/failure.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/memory.h"
#include "base/name.h"
#include "datasets/hold_out.h"
#include "datasets/outputs.h"
#include "datasets/photographs.h"
#include "report/output_kinds.h"

static void warn(const SnFitOptions *fit, const char *sentence) {
  if (sentence && fit->warn) fit->warn(fit->context, sentence);
}

static void warn_and_free(const SnFitOptions *fit, char *sentence) {
  warn(fit, sentence);
  free(sentence);
}

/* ---- settings ---- */

static bool read_settings(const SnFitOptions *fit, SnSettings *settings) {
  const SnMethod *method = fit->method ? sn_method_find(fit->method) : sn_methods[0];
  if (!method || !sn_settings_preset(method, fit->preset, settings)) return false;
  const char *backbone = fit->backbone || fit->weights ? fit->backbone : "embedded";
  if (backbone && (method->groups & SN_GROUP_FEATURES) && !sn_settings_set(settings, "backbone", backbone))
    return false;
  for (const char *const *setting = fit->settings; setting && *setting; setting += 2) {
    if (!setting[1]) return sn_fail("settings: %s has no value behind it", setting[0]);
    if (!sn_settings_set(settings, setting[0], setting[1])) return false;
  }
  return sn_settings_check(settings);
}

static bool check(const SnFitOptions *fit, const char *detector) {
  if (!detector) return sn_fail("there is no name of a file for the detector");
  if (!fit->train) return sn_fail("SnFitOptions: train: expected a folder of good photographs");
  if (fit->calibrate && fit->calibrate_share != 0)
    return sn_fail("SnFitOptions: calibrate and calibrate_share exclude each other");
  if (!(fit->calibrate_share == 0 || (fit->calibrate_share >= 0.001 && fit->calibrate_share <= 0.9)))
    return sn_fail("SnFitOptions: calibrate_share: expected 0, or 0.001 to 0.9, found %g", fit->calibrate_share);
  if (!(fit->false_alarms == 0 ||
        (fit->false_alarms >= SN_FALSE_ALARMS_LOWEST_RATE && fit->false_alarms <= SN_FALSE_ALARMS_HIGHEST_RATE)))
    return sn_fail("SnFitOptions: false_alarms: expected 0, or %g to %g, found %g", SN_FALSE_ALARMS_LOWEST_RATE,
                   SN_FALSE_ALARMS_HIGHEST_RATE, fit->false_alarms);
  return !fit->category || sn_check_name(fit->category, "SnFitOptions: category");
}

/* ---- photographs ---- */

static void tell_left_out(const SnFitOptions *fit, const SnLeftOut *left_out) {
  SnError pending = sn_error_take(); /* what is left out may be why it failed */
  for (int reason = 0; reason < SN_LEFT_OUT_REASONS; reason++) {
    char *text = sn_left_out_text(left_out, (SnLeftOutReason)reason);
    if (text) warn_and_free(fit, sn_format("left out: %s", text));
    free(text);
  }
  sn_error_raise(&pending);
}

static bool add_calibration_folder(const SnFitOptions *fit, SnDataset *dataset) {
  SnLeftOut left_out = {0};
  sn_samples_append_folder(&dataset->calibration, fit->calibrate, NULL, &left_out);
  tell_left_out(fit, &left_out);
  sn_left_out_free(&left_out);
  return sn_ok() && sn_dataset_check_calibration(dataset);
}

static bool rename_category(const char *name, SnDataset *dataset) {
  free(dataset->category);
  dataset->category = sn_copy_text(name);
  return sn_ok();
}

static bool open_dataset(const SnFitOptions *fit, const SnSettings *settings, SnDataset *dataset) {
  if (!sn_dataset_open_folders(&(SnPlainFolders){.train = fit->train}, dataset)) return false;
  for (int64_t i = 0; i < dataset->problems.count; i++) warn(fit, dataset->problems.items[i].message);
  tell_left_out(fit, &dataset->left_out);
  if (fit->category && !rename_category(fit->category, dataset)) return false;
  if (fit->calibrate) return add_calibration_folder(fit, dataset);
  return fit->calibrate_share == 0 ||
         sn_dataset_hold_out(dataset, fit->calibrate_share, SN_FALSE_ALARMS_FEWEST, (uint64_t)settings->training.seed);
}

static bool check_output(const SnFitOptions *fit, const SnDataset *dataset, const char *detector) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, fit->weights);
  sn_outputs_read_dataset(&outputs, dataset);
  sn_outputs_write(&outputs, SN_OUTPUT_DETECTOR, "", detector);
  return sn_outputs_are_clear(&outputs);
}

/* ---- training ---- */

/* What was met in the photographs. */
static void tell_facts(const SnFitOptions *fit, const SnRun *run) {
  SnImageOptions options = sn_view_image_options(&run->model->settings.view);
  const SnFacts *facts = &run->train_features->facts;
  warn_and_free(fit, sn_facts_orientation_text(facts, &options));
  warn_and_free(fit, sn_facts_bits_text(facts, &options));
}

static bool go_on(const SnFitOptions *fit, const SnRun *run, const SnRunEvent *event) {
  warn(fit, event->warning);
  if (event->kind == SN_RUN_READY) tell_facts(fit, run);
  if (!fit->progress || event->kind == SN_RUN_READY) return true;
  SnFitStage stage = event->kind == SN_RUN_FEATURES ? SN_FIT_FEATURES : SN_FIT_TRAINING;
  return fit->progress(fit->context, stage, event->done, event->total);
}

static bool pull(const SnFitOptions *fit, SnRun *run) {
  bool going = true;
  for (SnRunEvent event; going && sn_run_next(run, &event);) going = go_on(fit, run, &event);
  if (going) return sn_run_is_done(run);
  sn_run_suspend(run);
  return sn_fail("the training was cancelled") || sn_api_ok(SN_ERROR_CANCELLED);
}

/* The backbone's weights were released when the features were there: they are read once more. */
static bool write(const SnFitOptions *fit, SnModel *model, const char *detector) {
  char date[SN_DATE_TEXT];
  if (sn_model_has_backbone(model)) {
    SnModel *again = sn_model_new_backbone(&model->settings, fit->weights);
    if (!again) return sn_api_ok(SN_ERROR_MODEL);
    if (strcmp(again->backbone_sha256, model->backbone_sha256) != 0)
      return sn_fail("%s: has changed during the training", fit->weights) || sn_api_ok(SN_ERROR_MODEL);
    model->backbone = again->backbone;
  }
  model->provenance.exported = sn_date_text(date);
  return sn_detector_write(model, SN_FLOAT32, detector) || sn_api_ok(SN_ERROR_OUTPUT);
}

static bool train(const SnFitOptions *fit, const SnSettings *settings, SnDataset *dataset, const char *detector) {
  SnLargeMemory memory = {.limit = 0.5 * (double)sn_available_memory()};
  SnRunOptions options = {.false_alarms = fit->false_alarms == 0 ? 0.01 : fit->false_alarms,
                          .memory = sn_device()->copy_to_host ? NULL : &memory};
  SnScope *scope = sn_scope_open();
  SnModel *model = sn_model_new(settings, fit->weights);
  if (sn_api_ok(SN_ERROR_MODEL)) {
    SnRun *run = sn_run_new(model, dataset, &options);
    if (run && pull(fit, run)) sn_run_test(run, SN_SELECT_LAST, NULL);
    if (sn_api_ok(SN_ERROR_TRAINING)) write(fit, model, detector);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool fit_on(const SnFitOptions *fit, const SnSettings *settings, const char *detector) {
  SnDataset dataset = {0};
  bool opened = open_dataset(fit, settings, &dataset) || sn_api_ok(SN_ERROR_PHOTOGRAPH);
  bool clear = opened && (check_output(fit, &dataset, detector) || sn_api_ok(SN_ERROR_OUTPUT));
  bool trained = clear && train(fit, settings, &dataset, detector);
  sn_dataset_free(&dataset);
  return trained;
}

bool sn_fit(const SnFitOptions *given, const char *detector) {
  SnFitOptions fit;
  SnSettings settings;
  SnCompute compute;
  sn_api_begin();
  if (!given) sn_fail("there is no SnFitOptions");
  if (!given || !sn_api_read(given, sizeof fit, &fit, "SnFitOptions") || !check(&fit, detector) ||
      !read_settings(&fit, &settings))
    return sn_api_ok(SN_ERROR_ARGUMENT);
  if (fit.precision && strcmp(fit.precision, "int8") == 0)
    return sn_fail("precision: a training computes in fp32, tf32 or bf16") || sn_api_ok(SN_ERROR_ARGUMENT);
  if (sn_compute_open(&compute, fit.device, fit.precision, fit.threads)) {
    SnCompute before = sn_compute_enter(&compute);
    fit_on(&fit, &settings, detector);
    sn_compute_leave(&compute, &before);
  }
  sn_compute_close(&compute);
  return sn_ok();
}
