#include "report/seeds.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "datasets/csv.h"

static const size_t LARGEST_FILE = (size_t)1 << 20;
static const double LARGEST_COUNT = 9007199254740991; /* to which a double is every whole number */
static const char folder_prefix[] = "seed-";

const char *const sn_seed_metric_names[SN_SEED_METRICS] = {[SN_SEED_IMAGE_AUROC] = "image_auroc",
                                                           [SN_SEED_PIXEL_AUROC] = "pixel_auroc",
                                                           [SN_SEED_AU_PRO] = "au_pro",
                                                           "image_ap",
                                                           "pixel_ap",
                                                           "image_f1_max",
                                                           "pixel_f1_max"};

/* ---- folders ---- */

char *sn_seed_folder(const char *folder, int64_t seed) {
  return sn_format("%s/%s%lld", folder, folder_prefix, (long long)seed);
}

/* The seed of a folder that sn_seed_folder names; -1 for any other name. */
static int64_t seed_of(const char *name) {
  size_t length = sizeof folder_prefix - 1;
  if (strncmp(name, folder_prefix, length) != 0) return -1;
  const char *digits = name + length;
  bool plain = *digits && strspn(digits, "0123456789") == strlen(digits) && strlen(digits) <= 16;
  if (!plain || (*digits == '0' && digits[1])) return -1;
  int64_t seed = strtoll(digits, NULL, 10);
  return (double)seed <= LARGEST_COUNT ? seed : -1;
}

static bool has_model(const char *folder, const char *name) {
  char *own = sn_path_join(folder, name), *path = own ? sn_path_join(own, "model.safetensors") : NULL;
  bool found = path && sn_is_file(path);
  free(own);
  free(path);
  return found;
}

static int rising(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

int64_t *sn_find_seeds(const char *folder, int64_t most, int64_t *count) {
  SnNames names = {0};
  int64_t *seeds = sn_scope_allocate(most, sizeof *seeds, NULL);
  *count = 0;
  if (!seeds || !sn_list_directory(folder, &names)) return NULL;
  for (int64_t i = 0; i < names.count && sn_ok(); i++) {
    int64_t seed = seed_of(names.items[i]);
    if (seed < 0 || !has_model(folder, names.items[i])) continue;
    if (*count == most)
      sn_fail("%s: has models of more than %lld seeds", folder, (long long)most);
    else
      seeds[(*count)++] = seed;
  }
  sn_names_free(&names);
  qsort(seeds, (size_t)*count, sizeof *seeds, rising);
  return sn_ok() ? seeds : NULL;
}

/* ---- rows ---- */

void sn_seed_row_of(const SnResults *results, SnSeedRow *row) {
  const SnEvaluation *evaluation = &results->test->evaluation;
  const SnMetric metrics[SN_SEED_METRICS] = {[SN_SEED_IMAGE_AUROC] = evaluation->image_auroc,
                                             [SN_SEED_PIXEL_AUROC] = evaluation->pixel_auroc,
                                             [SN_SEED_AU_PRO] = evaluation->au_pro,
                                             evaluation->image_ap,
                                             evaluation->pixel_ap,
                                             evaluation->image_f1_max,
                                             evaluation->pixel_f1_max};
  *row = (SnSeedRow){.seed = results->model->settings.training.seed,
                     .selection = results->selection,
                     .train_images = results->dataset->train.count,
                     .test_images = results->dataset->test.count,
                     .skipped_images = results->skipped};
  const SnCalibration *calibration = &results->model->calibration;
  bool calibrated = sn_threshold_basis(calibration) == SN_THRESHOLD_FALSE_ALARMS;
  row->false_alarm_rate = calibrated ? calibration->false_alarms.rate : NAN;
  row->threshold = calibrated ? calibration->false_alarms.threshold : NAN;
  if (calibrated) row->decisions = sn_test_decisions(results->test, results->dataset, row->threshold);
  for (int i = 0; i < SN_SEED_METRICS; i++) {
    row->metrics[i] = metrics[i].reason ? NAN : metrics[i].value;
    row->best[i] = NAN;
  }
}

static double number_of(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsNumber(item) && fabs(item->valuedouble) < 1e300 ? item->valuedouble : NAN;
}

static int64_t count_of(const cJSON *object, const char *name) {
  double number = number_of(object, name);
  return number >= 0 && number <= LARGEST_COUNT ? (int64_t)number : 0;
}

static void read_decision(const cJSON *decision, SnSeedRow *row) {
  const cJSON *test = cJSON_GetObjectItemCaseSensitive(decision, "test");
  row->false_alarm_rate = number_of(decision, "false_alarm_rate");
  row->threshold = isnan(row->false_alarm_rate) ? NAN : number_of(decision, "threshold");
  if (!isnan(row->threshold))
    row->decisions = (SnDecisionCounts){.good = count_of(test, "good"),
                                        .false_alarms = count_of(test, "false_alarms"),
                                        .defective = count_of(test, "defective"),
                                        .detected = count_of(test, "detected")};
}

static void read_row(const cJSON *object, SnSeedRow *row) {
  const cJSON *best = cJSON_GetObjectItemCaseSensitive(object, "best_test");
  const cJSON *selection = cJSON_GetObjectItemCaseSensitive(object, "selection");
  *row = (SnSeedRow){.seed = count_of(object, "seed"),
                     .best_epoch = count_of(best, "epoch"),
                     .train_images = count_of(object, "train_images"),
                     .test_images = count_of(object, "test_images"),
                     .skipped_images = count_of(object, "skipped_images")};
  if (cJSON_IsString(selection) && strcmp(selection->valuestring, "best-test") == 0)
    row->selection = SN_SELECT_BEST_TEST;
  read_decision(cJSON_GetObjectItemCaseSensitive(object, "decision"), row);
  for (int i = 0; i < SN_SEED_METRICS; i++) {
    row->metrics[i] = number_of(object, sn_seed_metric_names[i]);
    row->best[i] = number_of(best, sn_seed_metric_names[i]);
  }
}

bool sn_seed_row_parse(const char *path, SnBytes text, SnSeedRow *row) {
  const char *end;
  if (!sn_ok()) return false;
  cJSON *object = sn_json_parse((const char *)text.data, (int64_t)text.size, &end);
  if (cJSON_IsObject(object))
    read_row(object, row);
  else if (sn_ok())
    sn_fail("%s: is not a JSON object; remove it, and the seed is trained anew", path);
  cJSON_Delete(object);
  return sn_ok();
}

bool sn_seed_row_read(const char *path, SnSeedRow *row) {
  SnBytes text = {0};
  if (!sn_ok() || !sn_file_read(path, LARGEST_FILE, &text)) return false;
  sn_seed_row_parse(path, text, row);
  sn_bytes_free(&text);
  return sn_ok();
}

/* ---- numbers ---- */

bool sn_seeds_are_calibrated(const SnSeeds *seeds) {
  bool calibrated = seeds->count > 0;
  for (int64_t s = 0; s < seeds->count; s++) calibrated &= !isnan(seeds->rows[s].threshold);
  return calibrated;
}

bool sn_seeds_have_best(const SnSeeds *seeds) {
  for (int64_t i = 0; i < seeds->count; i++)
    if (seeds->rows[i].best_epoch == 0 || seeds->rows[i].selection != SN_SELECT_LAST) return false;
  return seeds->count > 0;
}

SnSpread sn_seeds_spread(const SnSeeds *seeds, int metric, bool best) {
  SnSpread spread = {NAN, NAN, 0};
  double *values = sn_allocate(seeds->count, sizeof *values, "metrics of seeds");
  for (int64_t i = 0; values && i < seeds->count; i++)
    values[i] = best ? seeds->rows[i].best[metric] : seeds->rows[i].metrics[metric];
  if (values) spread = sn_spread_of(values, seeds->count);
  free(values);
  return spread;
}

const char *sn_seeds_epoch(const SnSeeds *seeds) {
  if (!seeds->trained || !(seeds->model->settings.method->groups & SN_GROUP_TRAINING)) return "";
  return seeds->rows[0].selection == SN_SELECT_LAST ? "last epoch" : "epoch selected on the test set";
}

/* ---- files ---- */

static bool write_table(const char *path, const SnSeeds *seeds) {
  SnFileWriter writer;
  bool best = sn_seeds_have_best(seeds);
  if (!sn_file_create(path, &writer)) return false;
  fprintf(writer.stream, "seed");
  for (int i = 0; i < SN_SEED_METRICS; i++) fprintf(writer.stream, ",%s", sn_seed_metric_names[i]);
  if (best) fprintf(writer.stream, ",best_test_epoch");
  for (int i = 0; i < SN_SEED_METRICS && best; i++) fprintf(writer.stream, ",best_test_%s", sn_seed_metric_names[i]);
  fprintf(writer.stream, "\n");
  for (int64_t s = 0; s < seeds->count; s++) {
    const SnSeedRow *row = &seeds->rows[s];
    fprintf(writer.stream, "%" PRId64, row->seed);
    for (int i = 0; i < SN_SEED_METRICS; i++) sn_write_csv_number(writer.stream, row->metrics[i]);
    if (best) fprintf(writer.stream, ",%" PRId64, row->best_epoch);
    for (int i = 0; i < SN_SEED_METRICS && best; i++) sn_write_csv_number(writer.stream, row->best[i]);
    fprintf(writer.stream, "\n");
  }
  return sn_csv_commit(&writer);
}

/* "mean" and "deviation", each with every metric, null where there is none. */
static void add_spreads(cJSON *object, const SnSeeds *seeds, bool best) {
  cJSON *mean = sn_json_add_object(object, "mean"), *deviation = sn_json_add_object(object, "deviation");
  for (int i = 0; i < SN_SEED_METRICS && deviation; i++) {
    SnSpread spread = sn_seeds_spread(seeds, i, best);
    sn_json_add_number(mean, sn_seed_metric_names[i], spread.mean);
    sn_json_add_number(deviation, sn_seed_metric_names[i], spread.deviation);
  }
}

static cJSON *summary_of(const SnSeeds *seeds) {
  const SnSettings *settings = &seeds->model->settings;
  cJSON *object = sn_json_new(), *list = sn_json_add_array(object, "seeds");
  for (int64_t i = 0; i < seeds->count && list; i++) sn_json_add_number(list, NULL, (double)seeds->rows[i].seed);
  sn_json_add_text(object, "category", seeds->dataset->category);
  sn_origin_add(object, seeds->origin);
  sn_json_add_method(object, seeds->model);
  sn_json_add_number(object, "train_images", (double)seeds->rows[0].train_images);
  sn_json_add_number(object, "test_images", (double)seeds->rows[0].test_images);
  if (seeds->trained)
    sn_json_add_text(object, "selection", seeds->rows[0].selection == SN_SELECT_LAST ? "last" : "best-test");
  add_spreads(object, seeds, false);
  if (sn_seeds_have_best(seeds))
    add_spreads(sn_json_add_object(object, "best_test"), seeds, true);
  else
    sn_json_add_null(object, "best_test");
  sn_json_add_settings(object, settings, SN_GROUP_SEED);
  return object;
}

bool sn_write_seeds(const char *folder, const SnSeeds *seeds) {
  char *table = sn_path_join(folder, "seeds.csv"), *summary = table ? sn_path_join(folder, "seeds.json") : NULL;
  bool written = summary && write_table(table, seeds) && sn_json_write(summary, summary_of(seeds));
  free(table);
  free(summary);
  return written;
}

bool sn_outputs_write_seeds(SnOutputs *outputs, const char *folder) {
  sn_outputs_write(outputs, SN_OUTPUT_SEEDS, folder, "seeds.csv");
  sn_outputs_write(outputs, SN_OUTPUT_SEEDS_NOTE, folder, "seeds.json");
  return sn_outputs_write(outputs, SN_OUTPUT_PAGE, folder, "seeds.html");
}
