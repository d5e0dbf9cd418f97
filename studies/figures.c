#include "studies/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "report/page/page.h"
#include "report/plot/plot.h"
#include "studies/page_parts.h"
#include "studies/trial_plots.h"

enum { MAX_LINES = 7, MEAN_COLOR = 7, BINS = 48, PAPER_COLOR = 6 };

const SnPaperLine *sn_study_paper_line(const SnStudy *study, int64_t variant) {
  for (int64_t i = 0; i < study->drawn->line_count; i++)
    if (strcmp(study->drawn->lines[i].label, study->variants[variant].label) == 0) return &study->drawn->lines[i];
  return NULL;
}

/* Into the page and into the file NAME.svg, or NAME-part.svg. */
static bool emit(SnMarkup *markup, const SnStudy *study, const char *part, const SnPlot *plot) {
  char *file = part ? sn_format("%s/%s-%s.svg", study->folder, study->name, part)
                    : sn_format("%s/%s.svg", study->folder, study->name);
  if (file && sn_plot(markup, plot)) sn_plot_write(plot, file);
  free(file);
  return sn_ok();
}

static double *numbers(int64_t count) { return sn_scope_allocate(count, sizeof(double), NULL); }

static const char **labels_of(const SnStudy *study) {
  const char **labels = sn_scope_allocate(study->variant_count, sizeof *labels, NULL);
  for (int64_t v = 0; labels && v < study->variant_count; v++) labels[v] = study->variants[v].label;
  return labels;
}

/* 0, 1, 2, … moved a little aside, so that points on one another are seen. */
static double *places(int64_t count, double offset) {
  double *x = numbers(count);
  for (int64_t i = 0; x && i < count; i++) x[i] = (double)i + offset;
  return x;
}

static SnAxis axis_of(const SnStudy *study, const char *label, const char *const *names) {
  return (SnAxis){.label = label,
                  .low = -0.5,
                  .high = (double)study->variant_count - 0.5,
                  .names = names,
                  .name_count = study->variant_count};
}

/* ---- variants side by side ---- */

static bool plot_variants(SnMarkup *markup, const SnStudy *study, const char *part, const char *title, SnMeasure last,
                          SnMeasure best, bool pixel) {
  int64_t count = study->variant_count;
  double *values[3] = {numbers(count), numbers(count), numbers(count)};
  for (int64_t v = 0; sn_ok() && v < count; v++) {
    const SnPaperLine *line = sn_study_paper_line(study, v);
    values[0][v] = sn_study_mean(study, v, -1, SN_MVTEC_ALL, last).mean;
    values[1][v] = sn_study_mean(study, v, -1, SN_MVTEC_ALL, best).mean;
    values[2][v] = !line ? NAN : pixel ? line->score.pixel : line->score.image;
  }
  SnSeries series[] = {
      {"last epoch", SN_SERIES_POINTS, 0, false, places(count, -0.08), values[0], NULL, NULL, NULL, count},
      {"best on test", SN_SERIES_POINTS, 1, false, places(count, 0), values[1], NULL, NULL, NULL, count},
      {"the paper, all 15", SN_SERIES_POINTS, PAPER_COLOR, false, places(count, 0.08), values[2], NULL, NULL, NULL,
       count}};
  SnPlot plot = {.title = title,
                 .x = axis_of(study, study->drawn->axis, labels_of(study)),
                 .y = {.label = "AUROC (%)", .low = NAN, .high = NAN},
                 .series = series,
                 .series_count = study->drawn->lines ? 3 : 2};
  return sn_ok() && emit(markup, study, part, &plot);
}

/* ---- curves ---- */

/* The line of a category, or for category -1 of a group's mean. */
static SnSeries line_of(const SnStudy *study, int64_t category, SnMvtecGroup group, SnMeasure measure, int color) {
  int64_t count = study->variant_count;
  double *y = numbers(count), *low = numbers(count), *high = numbers(count);
  for (int64_t v = 0; sn_ok() && v < count; v++) {
    SnSpread mean = sn_study_mean(study, v, category, group, measure);
    y[v] = mean.mean;
    low[v] = mean.mean - mean.deviation;
    high[v] = mean.mean + mean.deviation;
    if (high[v] > 100) high[v] = 100; /* no AUROC is larger */
  }
  return (SnSeries){.name = category >= 0 ? study->categories[category].name : sn_mvtec_groups[group],
                    .kind = SN_SERIES_LINE_POINTS,
                    .color = color,
                    .dashed = category < 0 && group == SN_MVTEC_ALL,
                    .x = places(count, 0),
                    .y = y,
                    .low = study->seed_count > 1 ? low : NULL,
                    .high = study->seed_count > 1 ? high : NULL,
                    .count = count};
}

/* A line for each category and for the mean; of many categories only the means of textures and objects. */
static bool plot_curves(SnMarkup *markup, const SnStudy *study, const char *part, const char *title,
                        SnMeasure measure) {
  SnSeries series[MAX_LINES + SN_MVTEC_GROUPS];
  int64_t lines = 0;
  bool each = study->category_count <= MAX_LINES;
  for (int64_t c = 0; c < study->category_count && each; c++, lines++)
    series[lines] = line_of(study, c, SN_MVTEC_ALL, measure, (int)c);
  for (SnMvtecGroup group = SN_MVTEC_TEXTURES; group < SN_MVTEC_ALL && !each; group++, lines++)
    series[lines] = line_of(study, -1, group, measure, (int)group);
  if (study->category_count > 1) series[lines++] = line_of(study, -1, SN_MVTEC_ALL, measure, MEAN_COLOR);
  SnPlot plot = {.title = title,
                 .x = axis_of(study, study->drawn->axis, labels_of(study)),
                 .y = {.label = "AUROC (%)", .low = NAN, .high = NAN},
                 .series = series,
                 .series_count = lines};
  return sn_ok() && emit(markup, study, part, &plot);
}

/* ---- losses ---- */

typedef struct LossLine {
  double *epoch, *mean, *low, *high, *count;
} LossLine;

static LossLine new_loss_line(int64_t epochs) {
  return (LossLine){numbers(epochs), numbers(epochs), numbers(epochs), numbers(epochs), numbers(epochs)};
}

static bool add_losses(const SnStudy *study, int64_t v, int64_t c, int64_t s, int64_t epochs, LossLine *line) {
  const char *const names[] = {sn_study_method(study)->columns[0]};
  SnColumn loss;
  char *folder = sn_study_trial_folder(study, v, c, s), *path = folder ? sn_path_join(folder, "training.csv") : NULL;
  bool read = path && sn_read_columns(path, names, 1, &loss);
  free(folder);
  free(path);
  if (!read) return false;
  for (int64_t e = 0; e < loss.count && e < epochs; e++) {
    line->mean[e] += loss.values[e];
    line->low[e] = line->count[e] > 0 ? fmin(line->low[e], loss.values[e]) : loss.values[e];
    line->high[e] = line->count[e] > 0 ? fmax(line->high[e], loss.values[e]) : loss.values[e];
    line->count[e] += 1;
  }
  sn_free_columns(&loss, 1);
  return true;
}

static bool plot_losses(SnMarkup *markup, const SnStudy *study) {
  int64_t epochs = sn_settings_epochs(&study->variants[0].settings), count = study->variant_count;
  SnSeries *series = sn_scope_allocate(count, sizeof *series, NULL);
  for (int64_t v = 0; v < count && series && sn_ok(); v++) {
    LossLine line = new_loss_line(epochs);
    for (int64_t c = 0; c < study->category_count && sn_ok(); c++)
      for (int64_t s = 0; s < study->seed_count && sn_ok(); s++)
        if (sn_study_result(study, v, c, s)->present) add_losses(study, v, c, s, epochs, &line);
    for (int64_t e = 0; e < epochs && sn_ok(); e++) {
      line.epoch[e] = (double)(e + 1);
      line.mean[e] = line.count[e] > 0 ? line.mean[e] / line.count[e] : NAN;
    }
    series[v] = (SnSeries){study->variants[v].label,
                           SN_SERIES_LINE,
                           (int)v,
                           false,
                           line.epoch,
                           line.mean,
                           line.low,
                           line.high,
                           NULL,
                           epochs};
  }
  SnPlot plot = {.title = "Training loss: mean, and range over categories and seeds",
                 .x = {.label = "epoch", .low = NAN, .high = NAN, .whole = true},
                 .y = {.label = "mean loss", .low = 0, .high = NAN},
                 .series = series,
                 .series_count = count};
  return sn_ok() && emit(markup, study, NULL, &plot);
}

/* ---- spread ---- */

/* Adds how many of the values fall into each of the bins from 0 to high; those beyond count for the last. */
static void count_values(const SnColumn *column, double high, double *counts) {
  for (int64_t i = 0; i < column->count; i++) {
    int bin = (int)(column->values[i] / high * BINS);
    counts[bin < BINS ? bin : BINS - 1] += 1;
  }
}

static int by_value(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

/* 99 of 100 values are below it: a few wide dimensions would press all others into one bin. */
static double most_of(const SnColumn *column) {
  double *sorted = numbers(column->count);
  if (!sorted) return 0;
  for (int64_t i = 0; i < column->count; i++) sorted[i] = column->values[i];
  qsort(sorted, (size_t)column->count, sizeof *sorted, by_value);
  return column->count > 0 ? sorted[(column->count - 1) * 99 / 100] : 0;
}

static bool plot_spread(SnMarkup *markup, const SnStudy *study, int64_t category) {
  static const char *const names[] = {"before", "after"};
  SnColumn columns[2];
  double edges[BINS + 1], counts[2][BINS] = {{0}};
  char *folder = sn_study_trial_folder(study, 0, category, 0);
  char *path = folder ? sn_path_join(folder, "features.csv") : NULL;
  bool read = path && sn_read_columns(path, names, 2, columns);
  free(folder);
  free(path);
  if (!read) return false;
  double high = fmax(fmax(most_of(&columns[0]), most_of(&columns[1])), 1e-12);
  for (int i = 0; i <= BINS; i++) edges[i] = high * i / BINS;
  for (int i = 0; i < 2; i++) count_values(&columns[i], high, counts[i]);
  SnSeries series[] = {
      {study->drawn->spread->before, SN_SERIES_BARS, 6, false, edges, counts[0], NULL, NULL, NULL, BINS},
      {study->drawn->spread->after, SN_SERIES_BARS, 0, false, edges, counts[1], NULL, NULL, NULL, BINS}};
  char title[128];
  snprintf(title, sizeof title, "%.60s: spread of the feature dimensions", study->categories[category].name);
  SnPlot plot = {.title = title,
                 .x = {.label = "standard deviation over the training features", .low = 0, .high = high},
                 .y = {.label = "dimensions", .low = 0, .high = NAN},
                 .series = series,
                 .series_count = 2};
  emit(markup, study, study->categories[category].name, &plot);
  sn_free_columns(columns, 2);
  return sn_ok();
}

/* ---- speed ---- */

static bool plot_speed(SnMarkup *markup, const SnStudy *study) {
  int64_t count = study->variant_count;
  const SnPaperSpeed *paper = sn_study_paper(study)->speed;
  double *auroc = numbers(count), highest = paper ? paper->images_per_second : 0;
  if (!auroc || !study->speeds) return sn_ok();
  for (int64_t v = 0; v < count; v++) {
    auroc[v] = sn_study_mean(study, v, -1, SN_MVTEC_ALL, SN_LAST_IMAGE).mean;
    highest = fmax(highest, study->speeds[v]);
  }
  char *name = sn_format("the paper, on %s", paper ? paper->machine : ""),
       *label = sn_format("%s, theirs", sn_study_method(study)->title);
  const char *const labels[] = {label};
  SnSeries series[] = {
      {"ours, on this machine", SN_SERIES_POINTS, 0, false, study->speeds, auroc, NULL, NULL, labels_of(study), count},
      {name, SN_SERIES_POINTS, PAPER_COLOR, false, paper ? &paper->images_per_second : NULL,
       paper ? &paper->image_auroc : NULL, NULL, NULL, labels, paper ? 1 : 0}};
  SnPlot plot = {.title = "Speed and image AUROC",
                 .x = {.label = "images a second, one at a time", .low = 0, .high = highest * 1.35},
                 .y = {.label = "image AUROC (%)", .low = NAN, .high = NAN},
                 .series = series,
                 .series_count = paper ? 2 : 1};
  if (sn_ok()) emit(markup, study, NULL, &plot);
  free(name);
  free(label);
  return sn_ok();
}

/* ---- examples ---- */

static bool show_examples(SnMarkup *markup, const SnStudy *study, int64_t category) {
  char *folder = sn_study_category_folder(study, 0, category);
  char *path = folder ? sn_path_join(folder, "examples.jpg") : NULL;
  if (path) sn_page_jpeg_file(markup, path, study->categories[category].name);
  free(folder);
  free(path);
  return sn_ok();
}

static void append_all(SnMarkup *markup, const SnStudy *study) {
  switch (study->drawn->figure) {
    case SN_FIGURE_VARIANTS:
      plot_variants(markup, study, "image", "Image AUROC", SN_LAST_IMAGE, SN_BEST_IMAGE, false);
      plot_variants(markup, study, "pixel", "Pixel AUROC", SN_LAST_PIXEL, SN_BEST_PIXEL, true);
      break;
    case SN_FIGURE_CURVES:
      plot_curves(markup, study, "image", "Image AUROC, last epoch", SN_LAST_IMAGE);
      plot_curves(markup, study, "pixel", "Pixel AUROC, last epoch", SN_LAST_PIXEL);
      break;
    case SN_FIGURE_LOSSES:
      plot_losses(markup, study);
      break;
    case SN_FIGURE_SPREAD:
      for (int64_t c = 0; c < study->category_count; c++) plot_spread(markup, study, c);
      break;
    case SN_FIGURE_SPEED:
      plot_speed(markup, study);
      break;
    case SN_FIGURE_EXAMPLES:
      for (int64_t c = 0; c < study->category_count; c++) show_examples(markup, study, c);
      break;
    case SN_FIGURE_ONE_CLASS: /* has a page of its own */
      break;
  }
}

bool sn_study_figures(SnMarkup *markup, const SnStudy *study) {
  bool one =
      study->drawn->figure == SN_FIGURE_LOSSES || study->drawn->figure == SN_FIGURE_SPEED || study->category_count == 1;
  bool narrow = one && study->drawn->figure != SN_FIGURE_VARIANTS && study->drawn->figure != SN_FIGURE_CURVES;
  sn_markup(markup, narrow ? "<div style=\"max-width:720px\">\n" : "<div>\n"); /* a lone plot would fill the page */
  sn_page_grid_begin(markup);
  append_all(markup, study);
  sn_page_grid_end(markup);
  return sn_markup(markup, "</div>\n");
}
