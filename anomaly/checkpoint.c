#include "anomaly/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/print.h"
#include "tensor/safetensors.h"

static const char format_name[] = "simplenet.c checkpoint 3";

/* ---- writing ---- */

enum { METRICS = 9 };

static void metrics_of(SnEvaluation *e, SnMetric *metrics[METRICS]) {
  SnMetric *all[METRICS] = {&e->image_auroc,        &e->image_ap,           &e->image_f1_max,
                            &e->image_f1_threshold, &e->pixel_auroc,        &e->pixel_ap,
                            &e->pixel_f1_max,       &e->pixel_f1_threshold, &e->au_pro};
  memcpy(metrics, all, sizeof all);
}

static void add_best(SnStateDict *dict, const SnRun *run) {
  sn_saved_add_integer(dict, "best_epoch", run->best_epoch);
  if (run->best_epoch == 0) return;
  SnEvaluation best = run->best;
  SnMetric *metrics[METRICS];
  double values[METRICS];
  metrics_of(&best, metrics);
  for (int i = 0; i < METRICS; i++) values[i] = metrics[i]->value;
  sn_saved_add_reals(dict, "best_metrics", values, METRICS);
  for (int i = 0; i < METRICS && sn_ok(); i++) {
    char name[32];
    snprintf(name, sizeof name, "best_unavailable.%d", i);
    if (metrics[i]->reason) sn_state_dict_add_text(dict, name, metrics[i]->reason);
  }
  for (int64_t i = 0; run->best_head && i < run->best_head->tensor_count && sn_ok(); i++) {
    char name[256];
    snprintf(name, sizeof name, "best.%s", run->best_head->tensors[i].name);
    sn_state_dict_add(dict, name, run->best_head->tensors[i].tensor);
  }
}

/* A tensor and no texts: a header of texts is too long after some hundred thousand epochs. */
static const char rows_name[] = "rows";

/* An epoch's columns, and its seconds. */
static int row_width(const SnRun *run) {
  const char *const *columns = run->model->settings.method->columns;
  int width = 1;
  while (columns && columns[width - 1]) width++;
  return width;
}

static void add_rows(SnStateDict *dict, const SnRun *run) {
  int64_t epochs = run->epoch, width = row_width(run);
  double *numbers = sn_scope_allocate(epochs * width, sizeof *numbers, NULL);
  for (int64_t i = 0; numbers && i < epochs; i++) {
    memcpy(numbers + i * width, run->rows[i].columns, (size_t)(width - 1) * sizeof *numbers);
    numbers[i * width + width - 1] = run->rows[i].seconds;
  }
  if (numbers) sn_state_dict_add(dict, rows_name, sn_from_host(SN_FLOAT64, SN_SHAPE(epochs, width), numbers));
}

bool sn_checkpoint_write(SnRun *run, const char *path) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_state_dict_new();
  if (dict) {
    sn_state_dict_add_text(dict, "format", format_name);
    sn_model_add_identity(run->model, dict);
    sn_saved_add_integer(dict, "training_images", run->dataset->train.count);
    if (run->options.photographs) sn_state_dict_add_text(dict, "photographs", run->options.photographs);
    if (run->warning[0]) sn_state_dict_add_text(dict, "warning", run->warning);
    if (run->ending[0]) sn_state_dict_add_text(dict, "ending", run->ending);
    sn_saved_add_integer(dict, "epoch", run->epoch);
    sn_saved_add_reals(dict, "seconds_in_epoch", &run->seconds_in_epoch, 1);
    add_rows(dict, run);
    sn_module_state(&run->model->head, "", dict);
    run->model->settings.method->fit_save(run->fit, dict);
    add_best(dict, run);
    sn_safetensors_write(path, dict);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* ---- reading ---- */

static void check_text(const SnSavedState *source, const char *name, const char *expected) {
  const char *found = sn_saved_text(source, name);
  if (sn_ok() && strcmp(found, expected) != 0)
    sn_fail("%s: was written with %s %.80s, and this run has %.80s", source->path, name, found, expected);
}

/* Numbers are compared as numbers: "10" and "1e+01" are the same. */
static void check_setting(const SnSavedState *source, const SnSetting *setting, const char *expected) {
  const char *found = setting->when_absent, *end = NULL;
  if (!found || sn_state_dict_text(source->file, setting->name)) found = sn_saved_text(source, setting->name);
  double there = NAN, here = NAN;
  if (setting->kind == SN_SETTING_REAL) end = sn_read_number(found, &there);
  bool same = end && *end == '\0' && sn_read_number(expected, &here) && there == here;
  if (!same && strcmp(found, expected) != 0)
    sn_fail("%s: was written with %s %.80s, and this run has %.80s", source->path, setting->name, found, expected);
}

static void check_same_run(const SnSavedState *source, const SnRun *run) {
  const SnSettings *settings = &run->model->settings;
  const SnSetting *setting;
  char text[SN_SETTING_TEXT];
  check_text(source, "format", format_name);
  check_text(source, "method", settings->method->name);
  if (sn_model_has_backbone(run->model)) check_text(source, "backbone_sha256", run->model->backbone_sha256);
  snprintf(text, sizeof text, "%" PRId64, run->dataset->train.count);
  check_text(source, "training_images", text);
  for (int i = 0; (setting = sn_setting_at(settings->method, i)) && sn_ok(); i++) {
    sn_setting_print(setting, settings, text);
    check_setting(source, setting, text);
  }
}

static void read_best(const SnSavedState *source, SnRun *run) {
  run->best_epoch = sn_saved_integer(source, "best_epoch", run->epoch);
  if (run->best_epoch == 0 || !sn_ok()) return;
  SnMetric *metrics[METRICS];
  double values[METRICS];
  metrics_of(&run->best, metrics);
  sn_saved_reals(source, "best_metrics", values, METRICS);
  for (int i = 0; i < METRICS && sn_ok(); i++) {
    char name[32];
    snprintf(name, sizeof name, "best_unavailable.%d", i);
    const char *found = sn_state_dict_text(source->file, name);
    char *reason = found ? sn_scope_text(found) : NULL;
    if (reason) sn_scope_keep(reason); /* the metrics live as long as the run */
    *metrics[i] = reason ? sn_no_metric(reason) : sn_metric(values[i]);
  }
  sn_saved_tensors(source, run->best_head, "best.");
}

static void read_rows(const SnSavedState *source, SnRun *run) {
  int64_t epochs = run->epoch, width = row_width(run);
  const SnTensor *found = sn_state_dict_find(source->file, rows_name);
  double *numbers = sn_scope_allocate(epochs * width, sizeof *numbers, NULL);
  if (!sn_ok()) return;
  if (!sn_has_shape(found, 2, (int64_t[]){epochs, width}) || found->array.dtype != SN_FLOAT64) {
    sn_fail("%s: %s: expected float64 of the shape %s, found %s", source->path, rows_name,
            sn_shape_text(2, (int64_t[]){epochs, width}), sn_tensor_text(found));
    return;
  }
  if (!sn_to_host(found, SN_FLOAT64, numbers)) return;
  for (int64_t i = 0; i < epochs; i++) {
    SnEpochRow *row = &run->rows[i];
    *row = (SnEpochRow){.epoch = i + 1, .seconds = numbers[i * width + width - 1]};
    memcpy(row->columns, numbers + i * width, (size_t)(width - 1) * sizeof *numbers);
  }
}

static void read_all(const SnSavedState *source, SnRun *run) {
  const SnMethod *method = run->model->settings.method;
  check_same_run(source, run);
  if (!sn_ok()) return;
  const char *warning = sn_state_dict_text(source->file, "warning");
  const char *ending = sn_state_dict_text(source->file, "ending");
  if (warning) sn_snprintf(run->warning, sizeof run->warning, "%s", warning);
  if (ending) sn_snprintf(run->ending, sizeof run->ending, "%s", ending);
  run->epoch = sn_saved_integer(source, "epoch", run->epochs);
  sn_saved_reals(source, "seconds_in_epoch", &run->seconds_in_epoch, 1);
  SnStateDict *own = sn_state_dict_new();
  if (own && sn_module_state(&run->model->head, "", own)) sn_saved_tensors(source, own, "");
  read_rows(source, run);
  if (sn_ok()) method->fit_load(run->fit, source);
  if (sn_ok()) read_best(source, run);
}

bool sn_checkpoint_read_from(SnRun *run, const SnStateDict *dict, const char *path) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  SnSavedState source = {dict, path};
  read_all(&source, run);
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_checkpoint_read(SnRun *run, const char *path) {
  if (!sn_ok()) return false;
  SnScope *file = sn_scope_new(); /* not the innermost: the run keeps texts of the file */
  sn_scope_enter(file);
  const SnStateDict *dict = sn_safetensors_read(path);
  sn_scope_leave(file);
  if (dict) sn_checkpoint_read_from(run, dict, path);
  sn_scope_free(file);
  return sn_ok();
}
