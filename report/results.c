#include "report/results.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "datasets/csv.h"
#include "report/tuning_table.h"

/* What is not available is null, and its reason a member of `unavailable`, which is made when it is needed. */
static void add_metric(cJSON *object, cJSON **unavailable, const char *name, SnMetric metric) {
  if (metric.reason) {
    sn_json_add_null(object, name);
    if (!*unavailable) *unavailable = sn_json_new();
    sn_json_add_text(*unavailable, name, metric.reason);
  } else {
    sn_json_add_number(object, name, metric.value);
  }
}

static void add_metrics(cJSON *object, const SnEvaluation *evaluation) {
  cJSON *unavailable = NULL;
  add_metric(object, &unavailable, "image_auroc", evaluation->image_auroc);
  add_metric(object, &unavailable, "pixel_auroc", evaluation->pixel_auroc);
  add_metric(object, &unavailable, "au_pro", evaluation->au_pro);
  add_metric(object, &unavailable, "image_ap", evaluation->image_ap);
  add_metric(object, &unavailable, "pixel_ap", evaluation->pixel_ap);
  add_metric(object, &unavailable, "image_f1_max", evaluation->image_f1_max);
  add_metric(object, &unavailable, "image_f1_threshold", evaluation->image_f1_threshold);
  add_metric(object, &unavailable, "pixel_f1_max", evaluation->pixel_f1_max);
  add_metric(object, &unavailable, "pixel_f1_threshold", evaluation->pixel_f1_threshold);
  if (unavailable) sn_json_add(object, "unavailable", unavailable);
}

/* ---- the decision ---- */

static void add_counts(cJSON *decision, const SnResults *results, double threshold) {
  SnDecisionCounts counts = sn_test_decisions(results->test, results->dataset, threshold);
  cJSON *test = sn_json_add_object(decision, "test");
  sn_json_add_number(test, "good", (double)counts.good);
  sn_json_add_number(test, "false_alarms", (double)counts.false_alarms);
  sn_json_add_number(test, "defective", (double)counts.defective);
  sn_json_add_number(test, "detected", (double)counts.detected);
}

static void add_false_alarms(cJSON *decision, const SnFalseAlarms *alarms) {
  SnInterval interval = sn_false_alarms_interval(alarms);
  sn_json_add_number(decision, "false_alarm_rate", alarms->rate);
  sn_json_add_number(decision, "photographs", (double)alarms->photographs);
  sn_json_add_number(decision, "photographs_needed", (double)sn_false_alarms_needed(alarms->rate));
  sn_json_add_number(decision, "expected_rate_at_most", sn_false_alarms_expected(alarms));
  sn_json_add_number(decision, "true_rate_low", interval.low);
  sn_json_add_number(decision, "true_rate_high", interval.high);
  sn_json_add_number(decision, "confidence", SN_FALSE_ALARMS_CONFIDENCE);
  sn_json_add_number(decision, "normalised_scale", alarms->scale);
}

/* "decision": the model's threshold, by what it was chosen, and what it does on this test set; "best_f1_decision": the
 * same of the threshold that this test set's labels choose, null where they choose none. */
static void add_decisions(cJSON *object, const SnResults *results) {
  static const char *const bases[] = {[SN_THRESHOLD_NONE] = "none",
                                      [SN_THRESHOLD_FALSE_ALARMS] = "good photographs that training never saw",
                                      [SN_THRESHOLD_TEST_F1] = "best F1 on test labels"};
  const SnCalibration *calibration = &results->model->calibration;
  SnThresholdBasis basis = sn_threshold_basis(calibration);
  SnMetric best = results->test->evaluation.image_f1_threshold;
  char *text = sn_threshold_text(calibration);
  cJSON *decision = sn_json_add_object(object, "decision");
  sn_json_add_text(decision, "chosen_by", bases[basis]);
  if (text) sn_json_add_text(decision, "text", text);
  free(text);
  if (basis != SN_THRESHOLD_NONE) sn_json_add_number(decision, "threshold", sn_decision_threshold(calibration));
  if (basis == SN_THRESHOLD_FALSE_ALARMS) add_false_alarms(decision, &calibration->false_alarms);
  if (basis != SN_THRESHOLD_NONE) add_counts(decision, results, sn_decision_threshold(calibration));
  if (best.reason) {
    sn_json_add_null(object, "best_f1_decision");
    return;
  }
  cJSON *chosen = sn_json_add_object(object, "best_f1_decision");
  sn_json_add_text(chosen, "chosen_by", "best F1 on the labels of this test set");
  sn_json_add_number(chosen, "threshold", best.value);
  add_counts(chosen, results, best.value);
}

/* ---- settings ---- */

static bool is_number(const SnSetting *setting, const char *text) {
  bool size = setting->kind == SN_SETTING_SIZE || setting->kind == SN_SETTING_RESIZE;
  return setting->kind == SN_SETTING_INTEGER || setting->kind == SN_SETTING_REAL || setting->kind == SN_SETTING_LEVEL ||
         (size && !strchr(text, 'x'));
}

void sn_json_add_setting(cJSON *object, const SnSetting *setting, const SnSettings *settings) {
  char text[SN_SETTING_TEXT];
  sn_setting_print(setting, settings, text);
  if (is_number(setting, text))
    sn_json_add_raw(object, setting->name, text);
  else
    sn_json_add_text(object, setting->name, text);
}

void sn_json_add_settings(cJSON *object, const SnSettings *settings, unsigned without) {
  cJSON *all = sn_json_add_object(object, "settings");
  const SnSetting *setting;
  for (int i = 0; all && (setting = sn_setting_at(settings->method, i)); i++)
    if (!((unsigned)setting->group & without)) sn_json_add_setting(all, setting, settings);
}

void sn_json_add_method(cJSON *object, const SnModel *model) {
  sn_json_add_text(object, "method", model->settings.method->name);
  if (!sn_model_has_backbone(model)) return;
  sn_json_add_text(object, "backbone", model->settings.features.backbone);
  sn_json_add_text(object, "backbone_sha256", model->backbone_sha256);
}

static void add_run(cJSON *object, const SnRun *run) {
  double seconds = run->seconds_in_epoch;
  for (int64_t i = 0; i < run->epoch; i++) seconds += run->rows[i].seconds;
  if (run->best_epoch > 0) {
    cJSON *best = sn_json_add_object(object, "best_test");
    if (best) sn_json_add_number(best, "epoch", (double)run->best_epoch);
    if (best) add_metrics(best, &run->best);
  } else {
    sn_json_add_null(object, "best_test");
  }
  if (run->warning[0]) sn_json_add_text(object, "warning", run->warning);
  if (run->ending[0]) sn_json_add_text(object, "training_ended", run->ending);
  sn_json_add_number(object, "seconds_features", run->seconds_features);
  sn_json_add_number(object, "seconds_training", seconds);
}

static cJSON *results_object(const SnResults *results) {
  const SnSettings *settings = &results->model->settings;
  cJSON *object = sn_json_new();
  sn_json_add_text(object, "category", results->dataset->category);
  sn_origin_add(object, results->origin);
  sn_json_add_method(object, results->model);
  sn_json_add_number(object, "train_images", (double)results->dataset->train.count);
  sn_json_add_number(object, "test_images", (double)results->dataset->test.count);
  sn_json_add_number(object, "skipped_images", (double)results->skipped);
  if (results->model->calibration.false_alarms.photographs > 0 && results->run)
    sn_json_add_number(object, "calibration_images", (double)results->dataset->calibration.count);
  add_metrics(object, &results->test->evaluation);
  add_decisions(object, results);
  char changed[SN_CHANGED_TEXT];
  sn_json_add_text(object, "preset", sn_settings_nearest_preset(settings, changed));
  sn_json_add_text(object, "changed_from_preset", changed);
  sn_json_add_text(object, "selection", results->selection == SN_SELECT_LAST ? "last" : "best-test");
  sn_json_add_bool(object, "chosen_by_test_labels", results->selection != SN_SELECT_LAST);
  if (settings->method->groups & SN_GROUP_TRAINING)
    sn_json_add_number(object, "epochs", (double)settings->training.epochs);
  if (settings->method->groups & SN_GROUP_SEED) sn_json_add_number(object, "seed", (double)settings->training.seed);
  if (results->run) add_run(object, results->run);
  if (results->tuning) sn_json_add_tuning(object, results->tuning);
  sn_json_add_settings(object, settings, 0);
  return object;
}

bool sn_write_metrics(const char *path, const SnResults *results) {
  return sn_ok() && sn_json_write(path, results_object(results));
}

bool sn_write_training_table(const char *path, const SnRun *run) {
  static const char *const none[] = {NULL};
  const char *const *columns = run->model->settings.method->columns;
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  if (!columns) columns = none;
  fprintf(writer.stream, "epoch");
  for (int c = 0; columns[c]; c++) fprintf(writer.stream, ",%s", columns[c]);
  fprintf(writer.stream, ",seconds\n");
  for (int64_t i = 0; i < run->epoch; i++) {
    fprintf(writer.stream, "%" PRId64, run->rows[i].epoch);
    for (int c = 0; columns[c]; c++) sn_write_csv_number(writer.stream, run->rows[i].columns[c]);
    sn_write_csv_number(writer.stream, run->rows[i].seconds);
    fprintf(writer.stream, "\n");
  }
  return sn_csv_commit(&writer);
}

char *sn_csv_field(const char *text) {
  bool plain = !strpbrk(text, "\",\r\n");
  char *field = sn_allocate(2 * (int64_t)strlen(text) + 3, 1, "a field of a table"), *to = field;
  if (!field) return NULL;
  if (!plain) *to++ = '"';
  for (; *text; text++) {
    if (*text == '"') *to++ = '"';
    *to++ = *text;
  }
  if (!plain) *to++ = '"';
  return field;
}

void sn_write_csv_field(FILE *stream, const char *text) {
  char *field = sn_csv_field(text);
  if (field) fputs(field, stream);
  free(field);
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

/* ---- all of a run ---- */

enum { MODEL, TRAINING, SCORES, METRICS, FILES };
static const struct {
  const char *name;
  int kind; /* in report/output_kinds.h */
} files[FILES] = {[MODEL] = {"model.safetensors", SN_OUTPUT_MODEL},
                  [TRAINING] = {"training.csv", SN_OUTPUT_TRAINING},
                  [SCORES] = {"scores.csv", SN_OUTPUT_TEST_SCORES},
                  [METRICS] = {"metrics.json", SN_OUTPUT_METRICS}};

bool sn_outputs_write_results(SnOutputs *outputs, const char *folder) {
  for (int i = 0; i < FILES && sn_ok(); i++) sn_outputs_write(outputs, files[i].kind, folder, files[i].name);
  return sn_ok();
}

bool sn_write_results(const char *folder, const SnResults *results) {
  char *paths[FILES] = {NULL};
  for (int i = 0; i < FILES; i++) paths[i] = sn_path_join(folder, files[i].name);
  if (sn_ok()) {
    sn_model_save(results->model, paths[MODEL]);
    sn_write_training_table(paths[TRAINING], results->run);
    sn_write_score_table(paths[SCORES], results->dataset, results->test->image_scores);
    sn_write_metrics(paths[METRICS], results);
  }
  for (int i = 0; i < FILES; i++) free(paths[i]);
  return sn_ok();
}
