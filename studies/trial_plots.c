#include "studies/trial_plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "datasets/csv.h"
#include "metrics/precision_recall.h"
#include "metrics/roc.h"
#include "report/plot/plot.h"

enum { BINS = 24, MAX_SEEDS_SHOWN = 8 };

static bool read_column(const char *path, const SnTable *table, const char *name, SnColumn *column) {
  int64_t number = sn_table_column(table, name);
  if (number < 0) return sn_fail("%s: there is no column %s", path, name);
  column->values = sn_allocate(table->row_count, sizeof *column->values, "a column of a table");
  if (!column->values) return false;
  column->count = table->row_count;
  for (int64_t row = 0; row < table->row_count; row++)
    if (!sn_parse_real(name, sn_table_cell(table, row, number), -1e300, 1e300, &column->values[row])) return false;
  return true;
}

bool sn_read_columns(const char *path, const char *const *names, int count, SnColumn *columns) {
  SnTable table;
  for (int i = 0; i < count; i++) columns[i] = (SnColumn){NULL, 0};
  if (!sn_csv_read(path, &table)) return false;
  for (int i = 0; i < count && sn_ok(); i++) read_column(path, &table, names[i], &columns[i]);
  sn_table_free(&table);
  if (!sn_ok()) sn_free_columns(columns, count);
  return sn_ok();
}

void sn_free_columns(SnColumn *columns, int count) {
  for (int i = 0; i < count; i++) {
    free(columns[i].values);
    columns[i] = (SnColumn){NULL, 0};
  }
}

/* A file of a trial's folder. */
static bool read_trial(const SnStudy *study, int64_t v, int64_t c, int64_t s, const char *file,
                       const char *const *names, int count, SnColumn *columns) {
  for (int i = 0; i < count; i++) columns[i] = (SnColumn){NULL, 0};
  char *folder = sn_study_trial_folder(study, v, c, s), *path = folder ? sn_path_join(folder, file) : NULL;
  bool read = path && sn_read_columns(path, names, count, columns);
  free(folder);
  free(path);
  return read;
}

static void plot_histogram(SnMarkup *page, const float *values, int64_t good, int64_t count, SnMetric threshold) {
  SnHistogramGroup groups[] = {{"good", SN_COLOR_GOOD, values, good},
                               {"defective", SN_COLOR_DEFECTIVE, values + good, count - good}};
  SnPlot plot = {.title = "Scores of the test images",
                 .x = {.label = "score", .low = NAN, .high = NAN},
                 .y = {.label = "images", .low = 0, .high = NAN},
                 .mark = {threshold.reason ? NULL : "threshold", threshold.value}};
  sn_histogram(page, &plot, groups, 2, BINS);
}

static void plot_roc(SnMarkup *page, const SnRanking *ranking) {
  SnCurve curve = {0};
  if (!sn_roc_curve(ranking, &curve)) return;
  double *x = sn_allocate(2 * curve.count, sizeof *x, "a curve");
  for (int64_t i = 0; x && i < curve.count; i++) {
    x[i] = (double)curve.points[i].x;
    x[curve.count + i] = (double)curve.points[i].y;
  }
  SnSeries series = {.color = 0, .x = x, .y = x ? x + curve.count : NULL, .count = curve.count};
  SnPlot plot = {.title = "ROC: which images are defective",
                 .x = {.label = "good images called defective", .low = 0, .high = 1},
                 .y = {.label = "defective images found", .low = 0, .high = 1},
                 .series = &series,
                 .series_count = 1};
  if (sn_ok() && curve.count > 0) sn_plot(page, &plot);
  free(x);
  sn_curve_free(&curve);
}

bool sn_plot_trial_scores(SnMarkup *page, const SnStudy *study, int64_t v, int64_t c, int64_t s) {
  static const char *const names[] = {"label", "score"};
  SnColumn columns[2];
  if (!read_trial(study, v, c, s, "scores.csv", names, 2, columns)) return false;
  int64_t count = columns[0].count, good = 0, seen = 0;
  float *values = sn_allocate(count, sizeof *values, "scores");
  uint8_t *labels = sn_allocate(count, 1, "scores");
  for (int64_t i = 0; values && i < count; i++)
    if (columns[0].values[i] == 0) values[good++] = (float)columns[1].values[i];
  for (int64_t i = 0; values && labels && i < count; i++)
    if (columns[0].values[i] != 0) {
      values[good + seen] = (float)columns[1].values[i];
      labels[good + seen++] = 1;
    }
  SnRanking ranking;
  if (sn_ok() && sn_rank("scores", values, labels, count, &ranking)) {
    SnMetric f1, threshold;
    sn_f1_max(&ranking, &f1, &threshold);
    plot_histogram(page, values, good, count, threshold);
    plot_roc(page, &ranking);
    sn_ranking_free(&ranking);
  }
  free(values);
  free(labels);
  sn_free_columns(columns, 2);
  return sn_ok();
}

bool sn_plot_trial_losses(SnMarkup *page, const SnStudy *study, int64_t v, int64_t c) {
  if (!sn_study_method(study)->columns) return sn_ok();
  const char *const names[] = {"epoch", sn_study_method(study)->columns[0]};
  int64_t shown = study->seed_count < MAX_SEEDS_SHOWN ? study->seed_count : MAX_SEEDS_SHOWN, count = 0;
  SnColumn columns[MAX_SEEDS_SHOWN][2] = {{{0}}};
  SnSeries series[MAX_SEEDS_SHOWN];
  char labels[MAX_SEEDS_SHOWN][32];
  for (int64_t s = 0; s < shown && sn_ok(); s++) {
    if (!sn_study_result(study, v, c, s)->present ||
        !read_trial(study, v, c, s, "training.csv", names, 2, columns[count]))
      continue;
    snprintf(labels[count], sizeof labels[count], "seed %lld", (long long)study->seeds[s]);
    series[count] = (SnSeries){.name = study->seed_count > 1 ? labels[count] : NULL,
                               .color = (int)count,
                               .x = columns[count][0].values,
                               .y = columns[count][1].values,
                               .count = columns[count][0].count};
    count++;
  }
  SnPlot plot = {.title = "Training",
                 .x = {.label = "epoch", .low = NAN, .high = NAN, .whole = true},
                 .y = {.label = "mean loss", .low = 0, .high = NAN},
                 .series = series,
                 .series_count = count};
  if (sn_ok() && count > 0) sn_plot(page, &plot);
  for (int64_t i = 0; i < count; i++) sn_free_columns(columns[i], 2);
  return sn_ok();
}
