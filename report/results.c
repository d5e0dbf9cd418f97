#include "report/results.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "datasets/csv.h"

static void add_metric(cJSON *object, cJSON *unavailable, const char *name, SnMetric metric) {
  if (metric.reason) {
    cJSON_AddNullToObject(object, name);
    cJSON_AddStringToObject(unavailable, name, metric.reason);
  } else {
    cJSON_AddNumberToObject(object, name, metric.value);
  }
}

static void add_metrics(cJSON *object, const SnEvaluation *evaluation) {
  cJSON *unavailable = cJSON_CreateObject();
  add_metric(object, unavailable, "image_auroc", evaluation->image_auroc);
  add_metric(object, unavailable, "pixel_auroc", evaluation->pixel_auroc);
  add_metric(object, unavailable, "au_pro", evaluation->au_pro);
  add_metric(object, unavailable, "image_ap", evaluation->image_ap);
  add_metric(object, unavailable, "pixel_ap", evaluation->pixel_ap);
  add_metric(object, unavailable, "image_f1_max", evaluation->image_f1_max);
  add_metric(object, unavailable, "image_f1_threshold", evaluation->image_f1_threshold);
  add_metric(object, unavailable, "pixel_f1_max", evaluation->pixel_f1_max);
  add_metric(object, unavailable, "pixel_f1_threshold", evaluation->pixel_f1_threshold);
  if (cJSON_GetArraySize(unavailable) > 0)
    cJSON_AddItemToObject(object, "unavailable", unavailable);
  else
    cJSON_Delete(unavailable);
}

static void add_settings(cJSON *object, const SnSimpleNetSettings *settings) {
  cJSON *all = cJSON_AddObjectToObject(object, "settings");
  for (int i = 0; all && i < sn_setting_count; i++) {
    char text[SN_SETTING_TEXT];
    const SnSetting *setting = &sn_settings[i];
    sn_setting_print(setting, settings, text);
    if (setting->kind == SN_SETTING_INTEGER || setting->kind == SN_SETTING_REAL)
      cJSON_AddRawToObject(all, setting->name, text);
    else
      cJSON_AddStringToObject(all, setting->name, text);
  }
}

static void add_run(cJSON *object, const SnRun *run) {
  double seconds = run->seconds_in_epoch;
  for (int64_t i = 0; i < run->training->epoch; i++) seconds += run->rows[i].seconds;
  if (run->best_epoch > 0) {
    cJSON *best = cJSON_AddObjectToObject(object, "best_test");
    if (best) cJSON_AddNumberToObject(best, "epoch", (double)run->best_epoch);
    if (best) add_metrics(best, &run->best);
  } else {
    cJSON_AddNullToObject(object, "best_test");
  }
  cJSON_AddNumberToObject(object, "seconds_features", run->seconds_features);
  cJSON_AddNumberToObject(object, "seconds_training", seconds);
}

static cJSON *results_object(const SnResults *results) {
  const SnSimpleNetSettings *settings = &results->model->settings;
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "category", results->dataset->category);
  cJSON_AddStringToObject(object, "backbone", settings->backbone);
  cJSON_AddStringToObject(object, "backbone_sha256", results->model->backbone_sha256);
  cJSON_AddNumberToObject(object, "train_images", (double)results->dataset->train.count);
  cJSON_AddNumberToObject(object, "test_images", (double)results->dataset->test.count);
  cJSON_AddNumberToObject(object, "skipped_images", (double)results->skipped);
  add_metrics(object, results->evaluation);
  cJSON_AddStringToObject(object, "selection", results->selection == SN_SELECT_LAST ? "last" : "best-test");
  cJSON_AddNumberToObject(object, "epochs", (double)settings->epochs);
  cJSON_AddNumberToObject(object, "seed", (double)settings->seed);
  if (results->run) add_run(object, results->run);
  add_settings(object, settings);
  return object;
}

bool sn_write_metrics(const char *path, const SnResults *results) {
  if (!sn_ok()) return false;
  cJSON *object = results_object(results);
  char *text = cJSON_Print(object);
  cJSON_Delete(object);
  if (!text) return sn_fail("%s: out of memory", path);
  SnFileWriter writer;
  if (sn_file_create(path, &writer)) {
    fprintf(writer.stream, "%s\n", text);
    sn_file_commit(&writer);
  }
  free(text);
  return sn_ok();
}

bool sn_write_training_table(const char *path, const SnRun *run) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  fprintf(writer.stream, "epoch,loss,p_true,p_fake,seconds\n");
  for (int64_t i = 0; i < run->training->epoch; i++) {
    const SnEpochRow *row = &run->rows[i];
    const double numbers[] = {row->result.loss, row->result.p_true, row->result.p_fake, row->seconds};
    fprintf(writer.stream, "%" PRId64, row->epoch);
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) sn_write_csv_number(writer.stream, numbers[n]);
    fprintf(writer.stream, "\n");
  }
  return sn_csv_commit(&writer);
}

void sn_write_csv_field(FILE *stream, const char *text) {
  if (!strpbrk(text, "\",\r\n")) {
    fputs(text, stream);
    return;
  }
  fputc('"', stream);
  for (; *text; text++) {
    if (*text == '"') fputc('"', stream);
    fputc(*text, stream);
  }
  fputc('"', stream);
}

void sn_write_csv_number(FILE *stream, double value) {
  char text[SN_NUMBER_TEXT];
  fprintf(stream, ",%s", isfinite(value) ? sn_number_text(value, text) : "");
}

bool sn_write_score_table(const char *path, const SnDataset *dataset, const float *image_scores) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  fprintf(writer.stream, "image,label,score\n");
  for (int64_t i = 0; i < dataset->test.count && sn_ok(); i++) {
    const SnSample *sample = &dataset->test.items[i];
    char *name = sn_sample_name(dataset, sample);
    if (name) sn_write_csv_field(writer.stream, name);
    fprintf(writer.stream, ",%d", sample->label);
    sn_write_csv_number(writer.stream, (double)image_scores[i]);
    fprintf(writer.stream, "\n");
    free(name);
  }
  return sn_csv_commit(&writer);
}
