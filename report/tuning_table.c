#include "report/tuning_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "datasets/csv.h"
#include "report/results.h"

enum { ROUNDS = SN_TUNING_ROUNDS, CHANGES = 0, IMAGE = 1, PIXEL = 4, CHOSEN = 10, NOTE, SECONDS, COLUMNS };
_Static_assert(PIXEL == IMAGE + ROUNDS, "the header names the rounds");

static const char *const header[COLUMNS] = {
    "tried",       "image_auroc_1", "image_auroc_2", "image_auroc_3", "pixel_auroc_1", "pixel_auroc_2", "pixel_auroc_3",
    "image_auroc", "pixel_auroc",   "score",         "chosen",        "note",          "seconds"};
static const char as_given[] = "as given", yes[] = "yes";

/* ---- tune.csv ---- */

static void write_row(FILE *stream, const SnTuningTrial *trial, bool chosen) {
  sn_write_csv_field(stream, trial->changes[0] ? trial->changes : as_given);
  for (int r = 0; r < ROUNDS; r++) sn_write_csv_number(stream, r < trial->rounds ? trial->image_auroc[r] : NAN);
  for (int r = 0; r < ROUNDS; r++) sn_write_csv_number(stream, r < trial->rounds ? trial->pixel_auroc[r] : NAN);
  sn_write_csv_number(stream, sn_tuning_trial_image_auroc(trial));
  sn_write_csv_number(stream, sn_tuning_trial_pixel_auroc(trial));
  sn_write_csv_number(stream, sn_tuning_trial_score(trial));
  fprintf(stream, ",%s,", chosen ? yes : "");
  sn_write_csv_field(stream, trial->note);
  sn_write_csv_number(stream, trial->seconds);
  fprintf(stream, "\n");
}

bool sn_write_tuning_table(const char *path, const SnTuning *tuning) {
  SnFileWriter writer;
  if (!sn_ok() || !sn_file_create(path, &writer)) return false;
  for (int c = 0; c < COLUMNS; c++) fprintf(writer.stream, "%s%s", c > 0 ? "," : "", header[c]);
  fprintf(writer.stream, "\n");
  for (int t = 0; t < tuning->count; t++) write_row(writer.stream, &tuning->trials[t], t == tuning->chosen);
  return sn_csv_commit(&writer);
}

static bool read_number(const SnTable *table, int64_t row, int column, double *number) {
  const char *text = sn_table_cell(table, row, column), *end = sn_read_number(text, number);
  return end && *end == '\0' && isfinite(*number);
}

static bool read_row(const SnTable *table, int64_t row, SnTuning *tuning) {
  SnTuningTrial *trial = &tuning->trials[row];
  const char *changes = sn_table_cell(table, row, CHANGES);
  *trial = (SnTuningTrial){.rounds = 0};
  if (strcmp(changes, as_given) != 0) snprintf(trial->changes, sizeof trial->changes, "%s", changes);
  snprintf(trial->note, sizeof trial->note, "%s", sn_table_cell(table, row, NOTE));
  while (trial->rounds < ROUNDS && sn_table_cell(table, row, IMAGE + trial->rounds)[0]) {
    if (!read_number(table, row, IMAGE + trial->rounds, &trial->image_auroc[trial->rounds]) ||
        !read_number(table, row, PIXEL + trial->rounds, &trial->pixel_auroc[trial->rounds]))
      return false;
    trial->rounds++;
  }
  if (strcmp(sn_table_cell(table, row, CHOSEN), yes) == 0) tuning->chosen = (int)row;
  return read_number(table, row, SECONDS, &trial->seconds);
}

static bool is_ours(const SnTable *table) {
  if (table->column_count != COLUMNS || table->row_count < 1 || table->row_count > SN_TUNING_MAX_TRIALS) return false;
  for (int c = 0; c < COLUMNS; c++)
    if (sn_table_column(table, header[c]) != c) return false;
  return true;
}

bool sn_read_tuning_table(const char *path, SnTuning *tuning) {
  SnTable table;
  *tuning = (SnTuning){.count = 0};
  if (!sn_csv_read(path, &table)) return false;
  if (!is_ours(&table)) sn_fail("%s: is no table of settings that were tried", path);
  for (int64_t row = 0; row < table.row_count && sn_ok(); row++) {
    if (!read_row(&table, row, tuning))
      sn_fail("%s: line %lld: expected numbers", path, (long long)sn_table_line(&table, row));
    tuning->seconds += tuning->trials[row].seconds;
    tuning->count++;
  }
  sn_table_free(&table);
  return sn_ok();
}

/* ---- metrics.json ---- */

void sn_json_add_tuning(cJSON *object, const SnTuning *tuning) {
  cJSON *tune = sn_json_add_object(object, "tune");
  const SnTuningTrial *chosen = &tuning->trials[tuning->chosen];
  if (!tune) return;
  sn_json_add_text(tune, "chosen", chosen->changes[0] ? chosen->changes : as_given);
  sn_json_add_text(tune, "by",
                   "the mean of image and pixel AUROC of training images that were held out and copies of them with "
                   "drawn defects");
  sn_json_add_text(tune, "test_images", "not looked at");
  sn_json_add_number(tune, "tried", tuning->count);
  sn_json_add_number(tune, "score", sn_tuning_trial_score(chosen));
  sn_json_add_number(tune, "score_as_given", sn_tuning_trial_score(&tuning->trials[0]));
  sn_json_add_number(tune, "noise", sn_tuning_noise(tuning));
  sn_json_add_number(tune, "seconds", tuning->seconds);
}
