#include "report/page/category_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/print.h"
#include "report/draw/contact_sheet.h"
#include "report/page/gallery.h"
#include "report/page/page.h"
#include "report/plot/plot.h"

enum { WORST_SIDE = 300 };

const char *sn_metric_text(SnMetric metric, char text[SN_METRIC_TEXT]) {
  sn_snprintf(text, SN_METRIC_TEXT, metric.reason ? "n/a" : "%.4f", metric.value);
  return text;
}

bool sn_category_numbers(SnMarkup *page, const SnCategoryReport *report) {
  const SnEvaluation *evaluation = &report->test->evaluation;
  enum { MAX = 6 };
  const char *names[MAX] = {"image AUROC", "pixel AUROC", "AU-PRO (0.3)", "image F1-max"}, *values[MAX];
  SnMetric metrics[MAX] = {evaluation->image_auroc, evaluation->pixel_auroc, evaluation->au_pro,
                           evaluation->image_f1_max};
  char texts[MAX][SN_METRIC_TEXT], baseline[64];
  int64_t count = 4;
  if (report->baseline) {
    snprintf(baseline, sizeof baseline, "%s (AUROC)", report->baseline_name);
    names[count] = baseline;
    metrics[count++] = report->baseline->image_auroc;
  }
  for (int64_t i = 0; i < count; i++) values[i] = sn_metric_text(metrics[i], texts[i]);
  return sn_page_numbers(page, names, values, count);
}

static void append_worst(SnMarkup *page, const SnExhibits *exhibits, int64_t i, const char *what) {
  SnPicture strip;
  const SnExhibit *exhibit = &exhibits->items[i];
  if (!sn_exhibit_strip(exhibit, &exhibits->scale, true, true, sn_tile_size(exhibits->section, WORST_SIDE), &strip))
    return;
  char *text = sn_format("%s: %s", what, exhibit->name);
  if (text) {
    sn_markup(page, "<figure>");
    sn_page_photograph(page, &strip, text);
    sn_markup(page, "<figcaption>");
    sn_markup_text(page, text);
    sn_markup(page, ", score ");
    sn_markup_number(page, exhibit->score, sn_scale_decimals(&exhibits->scale));
    if (!isnan(exhibits->score_threshold))
      sn_markup(page, ", called %s", sn_exhibit_is_called_defective(exhibits, i) ? "defective" : "good");
    sn_markup(page, "</figcaption></figure>\n");
  }
  free(text);
  sn_picture_free(&strip);
}

bool sn_category_worst(SnMarkup *page, const SnExhibits *exhibits) {
  int64_t miss = -1, alarm = -1;
  for (int64_t i = 0; i < exhibits->count; i++) {
    bool defective = sn_exhibit_is_defective(exhibits, i);
    if (defective) miss = i; /* the last: the lowest score */
    if (!defective && alarm < 0) alarm = i;
  }
  if (miss < 0 && alarm < 0) return sn_ok();
  sn_page_grid_begin(page);
  if (miss >= 0) append_worst(page, exhibits, miss, "The least suspicious defective image");
  if (alarm >= 0) append_worst(page, exhibits, alarm, "The most suspicious good image");
  return sn_page_grid_end(page);
}

/* ---- plots ---- */

typedef struct Columns {
  double *x, *y;
  int64_t count;
} Columns;

/* The curve up to x_high, where it ends on the line to its next point. */
static Columns columns_of(const SnCurve *curve, double x_high) {
  Columns columns = {sn_allocate(curve->count, sizeof(double), "a curve"),
                     sn_allocate(curve->count, sizeof(double), "a curve"), 0};
  for (int64_t i = 0; sn_ok() && i < curve->count; i++) {
    double x = (double)curve->points[i].x, y = (double)curve->points[i].y;
    if (x > x_high && i > 0) {
      double before_x = columns.x[i - 1], before_y = columns.y[i - 1];
      y = before_y + (y - before_y) * (x_high - before_x) / (x - before_x);
    }
    columns.x[i] = fmin(x, x_high);
    columns.y[i] = y;
    columns.count = i + 1;
    if (x >= x_high && x_high < 1) break;
  }
  return columns;
}

static void free_columns(Columns *columns) {
  free(columns->x);
  free(columns->y);
}

/* A curve of the detector, and the baseline's where there is one. */
static void append_curves(SnMarkup *page, const SnCategoryReport *report, const char *title, const char *x,
                          const char *y, double x_high, const SnCurve *ours, const SnCurve *theirs) {
  Columns own = columns_of(ours, x_high), other = {0};
  if (theirs) other = columns_of(theirs, x_high);
  SnSeries series[] = {
      {.name = report->settings->method->title, .color = 0, .x = own.x, .y = own.y, .count = own.count},
      {.name = report->baseline_name, .color = 6, .dashed = true, .x = other.x, .y = other.y, .count = other.count}};
  SnPlot plot = {.title = title,
                 .x = {.label = x, .low = 0, .high = x_high},
                 .y = {.label = y, .low = 0, .high = 1},
                 .series = series,
                 .series_count = theirs ? 2 : 1};
  if (sn_ok()) sn_plot(page, &plot);
  free_columns(&own);
  free_columns(&other);
}

static void append_histogram(SnMarkup *page, const SnCategoryReport *report) {
  int64_t images = report->test->image_count, good = 0, defective = 0;
  float *values = sn_allocate(2 * images, sizeof *values, "a histogram");
  for (int64_t i = 0; values && i < images; i++) {
    float score = report->test->image_scores[i];
    if (report->dataset->test.items[i].label == SN_GOOD)
      values[good++] = score;
    else
      values[images + defective++] = score;
  }
  if (values) {
    SnHistogramGroup groups[] = {{"good", SN_COLOR_GOOD, values, good},
                                 {"defective", SN_COLOR_DEFECTIVE, values + images, defective}};
    SnMetric threshold = report->test->evaluation.image_f1_threshold;
    SnPlot plot = {.title = "Scores of the test images",
                   .x = {.label = "score", .low = NAN, .high = NAN},
                   .y = {.label = "images", .low = 0, .high = NAN},
                   .mark = {threshold.reason ? NULL : "threshold", threshold.value}};
    sn_histogram(page, &plot, groups, 2, 24);
  }
  free(values);
}

/* The first column of the training's table, which falls as the training goes on. */
static void append_loss(SnMarkup *page, const SnCategoryReport *report) {
  char *label = sn_format("mean %s", report->settings->method->columns[0]);
  Columns loss = {sn_allocate(report->row_count, sizeof(double), "a curve"),
                  sn_allocate(report->row_count, sizeof(double), "a curve"), report->row_count};
  for (int64_t i = 0; sn_ok() && i < loss.count; i++) {
    loss.x[i] = (double)report->rows[i].epoch;
    loss.y[i] = report->rows[i].columns[0];
  }
  SnSeries series = {.kind = SN_SERIES_LINE, .color = 3, .x = loss.x, .y = loss.y, .count = loss.count};
  SnPlot plot = {.title = "Training",
                 .x = {.label = "epoch", .low = NAN, .high = NAN, .whole = true},
                 .y = {.label = label, .low = 0, .high = NAN},
                 .series = &series,
                 .series_count = 1};
  if (sn_ok()) sn_plot(page, &plot);
  free_columns(&loss);
  free(label);
}

bool sn_category_plots(SnMarkup *page, const SnCategoryReport *report) {
  const SnEvaluationCurves *ours = report->curves, *theirs = report->baseline_curves;
  sn_page_grid_begin(page);
  append_histogram(page, report);
  append_curves(page, report, "ROC: which images are defective", "good images called defective",
                "defective images found", 1, &ours->image_roc, theirs ? &theirs->image_roc : NULL);
  if (ours->region_overlap.count > 0)
    append_curves(page, report, "PRO: where the defects are", "good pixels called defective", "mean overlap of defects",
                  0.3, &ours->region_overlap, theirs ? &theirs->region_overlap : NULL);
  if (report->rows && report->settings->method->columns) append_loss(page, report);
  return sn_page_grid_end(page);
}

bool sn_category_section(SnMarkup *page, const SnCategoryReport *report, const SnExhibits *exhibits, const char *folder,
                         const SnOutputNames *pictures) {
  int64_t defective = sn_samples_defective(&report->dataset->test);
  sn_page_heading(page, report->dataset->category);
  sn_category_numbers(page, report);
  char *text = sn_format(
      "Trained on %lld good images, tested on %lld good and %lld defective ones, from the most to "
      "the least suspicious:",
      (long long)report->dataset->train.count, (long long)(report->dataset->test.count - defective),
      (long long)defective);
  if (text) sn_page_paragraph(page, text);
  free(text);
  if (!report->test->evaluation.image_f1_threshold.reason)
    sn_page_paragraph(page,
                      "An image is called defective from the score on where F1 is largest on these test images, which "
                      "their labels have chosen.");
  sn_gallery_legend(page, &exhibits->scale);
  sn_gallery(page, exhibits, folder, pictures);
  sn_category_worst(page, exhibits);
  return sn_category_plots(page, report);
}

/* ---- contact sheet ---- */

bool sn_category_contact_sheet(const SnExhibits *exhibits, const char *category, int64_t side, SnPicture *picture) {
  *picture = (SnPicture){0};
  SnExhibit *sorted = sn_allocate(exhibits->count, sizeof *sorted, "a contact sheet");
  SnContactGroup *groups = sn_allocate(exhibits->count, sizeof *groups, "a contact sheet");
  char **titles = sn_allocate(exhibits->count, sizeof *titles, "a contact sheet");
  bool *used = sn_allocate(exhibits->count, sizeof *used, "a contact sheet");
  int64_t filled = 0, count = 0;
  for (int64_t first = 0; sn_ok() && first < exhibits->count; first++) {
    if (used[first]) continue;
    SnContactGroup *group = &groups[count];
    *group = (SnContactGroup){.exhibits = sorted + filled, .scale = exhibits->scale};
    for (int64_t i = first; i < exhibits->count; i++) {
      if (used[i] || strcmp(exhibits->samples[i]->kind, exhibits->samples[first]->kind) != 0) continue;
      used[i] = true;
      sorted[filled++] = exhibits->items[i];
      group->count++;
    }
    titles[count] = sn_format("%s: %s", category, exhibits->samples[first]->kind);
    group->title = titles[count++];
  }
  if (sn_ok()) sn_contact_sheet(groups, count, sn_tile_size(exhibits->section, side), picture);
  for (int64_t i = 0; titles && i < count; i++) free(titles[i]);
  free(titles);
  free(groups);
  free(sorted);
  free(used);
  return sn_ok();
}
