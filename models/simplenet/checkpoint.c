#include "models/simplenet/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "tensor/safetensors.h"

static const char format_name[] = "simplenet.c checkpoint 2";

/* ---- writing ---- */

static void add_text(SnStateDict *dict, const char *name, const char *text) {
  sn_state_dict_add_text(dict, name, text);
}

static void add_integer(SnStateDict *dict, const char *name, int64_t value) {
  char text[32];
  snprintf(text, sizeof text, "%" PRId64, value);
  add_text(dict, name, text);
}

static void add_reals(SnStateDict *dict, const char *name, const double *values, int count) {
  char text[512] = "", number[SN_NUMBER_TEXT];
  for (int i = 0; i < count; i++) {
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "", sn_number_text(values[i], number));
  }
  add_text(dict, name, text);
}

enum { METRICS = 9, ROW_NUMBERS = 4 };

static void metrics_of(SnEvaluation *e, SnMetric *metrics[METRICS]) {
  SnMetric *all[METRICS] = {&e->image_auroc,        &e->image_ap,           &e->image_f1_max,
                            &e->image_f1_threshold, &e->pixel_auroc,        &e->pixel_ap,
                            &e->pixel_f1_max,       &e->pixel_f1_threshold, &e->au_pro};
  memcpy(metrics, all, sizeof all);
}

static void add_best(SnStateDict *dict, const SnRun *run) {
  add_integer(dict, "best_epoch", run->best_epoch);
  if (run->best_epoch == 0) return;
  SnEvaluation best = run->best;
  SnMetric *metrics[METRICS];
  double values[METRICS];
  metrics_of(&best, metrics);
  for (int i = 0; i < METRICS; i++) values[i] = metrics[i]->value;
  add_reals(dict, "best_metrics", values, METRICS);
  for (int i = 0; i < METRICS && sn_ok(); i++) {
    char name[32];
    snprintf(name, sizeof name, "best_unavailable.%d", i);
    if (metrics[i]->reason) add_text(dict, name, metrics[i]->reason);
  }
  for (int64_t i = 0; run->best_head && i < run->best_head->tensor_count && sn_ok(); i++) {
    char name[256];
    snprintf(name, sizeof name, "best.%s", run->best_head->tensors[i].name);
    sn_state_dict_add(dict, name, run->best_head->tensors[i].tensor);
  }
}

/* A tensor and no texts: a header of texts is too long after some hundred thousand epochs. */
static const char rows_name[] = "rows";

static void add_rows(SnStateDict *dict, const SnRun *run) {
  int64_t epochs = run->training->epoch;
  double *numbers = sn_scope_allocate(epochs * ROW_NUMBERS, sizeof *numbers, NULL);
  for (int64_t i = 0; numbers && i < epochs; i++) {
    const SnEpochRow *row = &run->rows[i];
    const double of_row[ROW_NUMBERS] = {row->result.loss, row->result.p_true, row->result.p_fake, row->seconds};
    memcpy(numbers + i * ROW_NUMBERS, of_row, sizeof of_row);
  }
  if (numbers) sn_state_dict_add(dict, rows_name, sn_from_host(SN_FLOAT64, SN_SHAPE(epochs, ROW_NUMBERS), numbers));
}

bool sn_checkpoint_write(const SnRun *run, const char *path) {
  if (!sn_ok()) return false;
  const SnTraining *training = run->training;
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_state_dict_new();
  if (dict) {
    add_text(dict, "format", format_name);
    add_text(dict, "backbone", run->model->settings.backbone);
    add_text(dict, "backbone_sha256", run->model->backbone_sha256);
    add_integer(dict, "training_images", run->dataset->train.count);
    if (run->photographs) add_text(dict, "photographs", run->photographs);
    for (int i = 0; i < sn_setting_count; i++) {
      char text[SN_SETTING_TEXT];
      sn_setting_print(&sn_settings[i], &run->model->settings, text);
      add_text(dict, sn_settings[i].name, text);
    }
    add_integer(dict, "epoch", training->epoch);
    add_integer(dict, "step", training->step);
    add_integer(dict, "steps_in_epoch", training->steps_in_epoch);
    double sums[] = {training->sum.loss, training->sum.p_true, training->sum.p_fake, run->seconds_in_epoch};
    add_reals(dict, "sums", sums, ROW_NUMBERS);
    add_rows(dict, run);
    sn_module_state(&run->model->head, "", dict);
    sn_optimizer_state(training->adaptor_optimizer, "adaptor_optimizer.", dict);
    sn_optimizer_state(training->discriminator_optimizer, "discriminator_optimizer.", dict);
    add_best(dict, run);
    sn_safetensors_write(path, dict);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* ---- reading ---- */

/* A file to read from, and its name for messages. */
typedef struct Source {
  const SnStateDict *dict;
  const char *path;
} Source;

static const char *text_of(const Source *source, const char *name) {
  const char *text = sn_state_dict_text(source->dict, name);
  if (!text) sn_fail("%s: %s is missing", source->path, name);
  return text ? text : "";
}

static int64_t integer_of(const Source *source, const char *name, int64_t maximum) {
  const char *text = text_of(source, name);
  char *end = NULL;
  long long value = strtoll(text, &end, 10);
  if (end != text && *end == '\0' && value >= 0 && value <= maximum) return value;
  sn_fail("%s: %s: expected an integer from 0 to %" PRId64 ", found '%.40s'", source->path, name, maximum, text);
  return 0;
}

static void reals_of(const Source *source, const char *name, double *values, int count) {
  const char *text = text_of(source, name);
  for (int i = 0; i < count && sn_ok(); i++) {
    const char *end = sn_read_number(text, &values[i]);
    if (!end || (i + 1 == count && *end != '\0'))
      sn_fail("%s: %s: expected %d numbers, found '%.40s'", source->path, name, count, text);
    text = end;
  }
}

static void check_text(const Source *source, const char *name, const char *expected) {
  const char *found = text_of(source, name);
  if (sn_ok() && strcmp(found, expected) != 0)
    sn_fail("%s: was written with %s %.80s, and this run has %.80s", source->path, name, found, expected);
}

/* Numbers are compared as numbers: "10" and "1e+01" are the same. */
static void check_setting(const Source *source, const SnSetting *setting, const char *expected) {
  const char *found = sn_setting_when_absent(setting), *end = NULL;
  if (!found || sn_state_dict_text(source->dict, setting->name)) found = text_of(source, setting->name);
  double there = NAN, here = NAN;
  if (setting->kind == SN_SETTING_REAL) end = sn_read_number(found, &there);
  bool same = end && *end == '\0' && sn_read_number(expected, &here) && there == here;
  if (!same && strcmp(found, expected) != 0)
    sn_fail("%s: was written with %s %.80s, and this run has %.80s", source->path, setting->name, found, expected);
}

static void check_same_run(const Source *source, const SnRun *run) {
  char text[SN_SETTING_TEXT];
  check_text(source, "format", format_name);
  check_text(source, "backbone", run->model->settings.backbone);
  check_text(source, "backbone_sha256", run->model->backbone_sha256);
  snprintf(text, sizeof text, "%" PRId64, run->dataset->train.count);
  check_text(source, "training_images", text);
  for (int i = 0; i < sn_setting_count && sn_ok(); i++) {
    sn_setting_print(&sn_settings[i], &run->model->settings, text);
    check_setting(source, &sn_settings[i], text);
  }
}

/* Copies every tensor of `own` (made by a …_state function) from the file. */
static void read_tensors(const Source *source, const SnStateDict *own, const char *prefix) {
  for (int64_t i = 0; own && i < own->tensor_count && sn_ok(); i++) {
    char name[256];
    snprintf(name, sizeof name, "%s%s", prefix, own->tensors[i].name);
    const SnTensor *found = sn_state_dict_find(source->dict, name);
    SnTensor *target = own->tensors[i].tensor;
    const char *flaw = found ? sn_module_flaw(name, found) : NULL;
    if (flaw)
      sn_fail("%s: %s: %s", source->path, name, flaw);
    else if (!found || !sn_same_shape(found, target) || found->array.dtype != target->array.dtype)
      sn_fail("%s: %s: expected %s of the shape %s, found %s", source->path, name, sn_dtype_name(target->array.dtype),
              sn_tensor_text(target), sn_tensor_text(found));
    else
      sn_copy_into(target, sn_to_device(found, sn_storage_backend(target->storage)));
  }
}

static void read_best(const Source *source, SnRun *run) {
  run->best_epoch = integer_of(source, "best_epoch", run->training->epoch);
  if (run->best_epoch == 0 || !sn_ok()) return;
  SnMetric *metrics[METRICS];
  double values[METRICS];
  metrics_of(&run->best, metrics);
  reals_of(source, "best_metrics", values, METRICS);
  for (int i = 0; i < METRICS && sn_ok(); i++) {
    char name[32];
    snprintf(name, sizeof name, "best_unavailable.%d", i);
    const char *found = sn_state_dict_text(source->dict, name);
    char *reason = found ? sn_scope_text(found) : NULL;
    if (reason) sn_scope_keep(reason); /* the metrics live as long as the run */
    *metrics[i] = reason ? sn_no_metric(reason) : sn_metric(values[i]);
  }
  read_tensors(source, run->best_head, "best.");
}

static void read_rows(const Source *source, SnRun *run) {
  int64_t epochs = run->training->epoch;
  const SnTensor *found = sn_state_dict_find(source->dict, rows_name);
  double *numbers = sn_scope_allocate(epochs * ROW_NUMBERS, sizeof *numbers, NULL);
  if (!sn_ok()) return;
  if (!sn_has_shape(found, 2, (int64_t[]){epochs, ROW_NUMBERS}) || found->array.dtype != SN_FLOAT64) {
    sn_fail("%s: %s: expected float64 of the shape %s, found %s", source->path, rows_name,
            sn_shape_text(2, (int64_t[]){epochs, ROW_NUMBERS}), sn_tensor_text(found));
    return;
  }
  if (!sn_to_host(found, SN_FLOAT64, numbers)) return;
  for (int64_t i = 0; i < epochs; i++) {
    const double *row = numbers + i * ROW_NUMBERS;
    run->rows[i] = (SnEpochRow){i + 1, {row[0], row[1], row[2]}, row[3]};
  }
}

static void read_all(const Source *source, SnRun *run) {
  SnTraining *training = run->training;
  const SnSimpleNetSettings *settings = &run->model->settings;
  int64_t images = run->dataset->train.count, steps = (images + settings->batch - 1) / settings->batch;
  double sums[ROW_NUMBERS] = {0};
  check_same_run(source, run);
  if (!sn_ok()) return;
  training->epoch = integer_of(source, "epoch", settings->epochs);
  training->steps_in_epoch = integer_of(source, "steps_in_epoch", steps);
  training->step = integer_of(source, "step", settings->epochs * steps);
  if (sn_ok() && training->step != training->epoch * steps + training->steps_in_epoch)
    sn_fail("%s: step %" PRId64 " does not follow from epoch %" PRId64 " of %" PRId64 " steps and %" PRId64 " steps",
            source->path, training->step, training->epoch, steps, training->steps_in_epoch);
  reals_of(source, "sums", sums, ROW_NUMBERS);
  training->sum = (SnTrainingResult){sums[0], sums[1], sums[2]};
  run->seconds_in_epoch = sums[3];
  training->adaptor_optimizer->step = training->discriminator_optimizer->step = training->step;
  SnStateDict *own = sn_state_dict_new();
  if (!own) return;
  sn_module_state(&run->model->head, "", own);
  sn_optimizer_state(training->adaptor_optimizer, "adaptor_optimizer.", own);
  sn_optimizer_state(training->discriminator_optimizer, "discriminator_optimizer.", own);
  read_tensors(source, own, "");
  read_rows(source, run);
  read_best(source, run);
}

bool sn_checkpoint_read_from(SnRun *run, const SnStateDict *dict, const char *path) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  Source source = {dict, path};
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
