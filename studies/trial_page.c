#include "studies/trial_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "report/draw/contact_sheet.h"
#include "report/draw/jpeg.h"
#include "report/page/gallery.h"
#include "report/page/page.h"
#include "report/plot/plot.h"

enum { PHOTOGRAPH_SIDE = 256, SHEET_SIDE = 128, MAX_KINDS = 8, MAX_WORST = 4, JPEG_QUALITY = 88 };

/* ---- sheets ---- */

static bool write_sheet(const SnContactGroup *groups, int64_t count, SnSize section, const char *folder,
                        const char *name) {
  SnPicture picture;
  SnBytes jpeg = {0};
  if (!sn_contact_sheet(groups, count, sn_tile_size(section, SHEET_SIDE), &picture)) return false;
  char *path = sn_path_join(folder, name);
  SnFileWriter writer;
  if (path && sn_picture_encode_jpeg(&picture, JPEG_QUALITY, &jpeg) && sn_file_create(path, &writer)) {
    fwrite(jpeg.data, 1, jpeg.size, writer.stream);
    sn_file_commit(&writer);
  }
  sn_bytes_free(&jpeg);
  sn_picture_free(&picture);
  free(path);
  return sn_ok();
}

/* The image in the middle, by score, of those of a kind. */
static int64_t typical_of(const SnExhibits *exhibits, const char *kind) {
  int64_t count = 0, middle = -1;
  for (int64_t i = 0; i < exhibits->count; i++) count += strcmp(exhibits->samples[i]->kind, kind) == 0;
  for (int64_t i = 0, seen = 0; i < exhibits->count && middle < 0; i++)
    if (strcmp(exhibits->samples[i]->kind, kind) == 0 && seen++ == count / 2) middle = i;
  return middle;
}

static bool is_shown(const SnExhibit *shown, int64_t count, const char *kind) {
  for (int64_t i = 0; i < count; i++)
    if (strcmp(shown[i].label, kind) == 0) return true;
  return false;
}

static bool write_examples(const SnExhibits *exhibits, const char *category, const char *folder) {
  SnExhibit shown[MAX_KINDS];
  int64_t count = 0;
  for (int64_t i = 0; i < exhibits->count && count < MAX_KINDS; i++) {
    const char *kind = exhibits->samples[i]->kind;
    if (sn_exhibit_is_defective(exhibits, i) && !is_shown(shown, count, kind))
      shown[count++] = exhibits->items[typical_of(exhibits, kind)];
  }
  if (count == 0) return true;
  SnContactGroup group = {category, shown, count, exhibits->scale};
  return write_sheet(&group, 1, exhibits->section, folder, "examples.jpg");
}

static bool write_worst(const SnExhibits *exhibits, const char *folder) {
  SnExhibit misses[MAX_WORST], alarms[MAX_WORST];
  int64_t missed = 0, alarmed = 0, groups = 0;
  for (int64_t i = exhibits->count - 1; i >= 0 && missed < MAX_WORST; i--)
    if (sn_exhibit_is_defective(exhibits, i)) misses[missed++] = exhibits->items[i];
  for (int64_t i = 0; i < exhibits->count && alarmed < MAX_WORST; i++)
    if (!sn_exhibit_is_defective(exhibits, i)) alarms[alarmed++] = exhibits->items[i];
  SnContactGroup group[2];
  if (missed > 0) group[groups++] = (SnContactGroup){"defective, the lowest scores", misses, missed, exhibits->scale};
  if (alarmed > 0) group[groups++] = (SnContactGroup){"good, the highest scores", alarms, alarmed, exhibits->scale};
  return groups == 0 || write_sheet(group, groups, exhibits->section, folder, "worst.jpg");
}

/* ---- page ---- */

static void append_curve(SnMarkup *page, const SnCurve *curve, const char *title, const char *x, const char *y) {
  double *points = sn_allocate(2 * curve->count, sizeof *points, "a curve");
  for (int64_t i = 0; points && i < curve->count; i++) {
    points[i] = (double)curve->points[i].x;
    points[curve->count + i] = (double)curve->points[i].y;
  }
  SnSeries series = {.color = 0, .x = points, .y = points ? points + curve->count : NULL, .count = curve->count};
  SnPlot plot = {.title = title,
                 .x = {.label = x, .low = 0, .high = 1},
                 .y = {.label = y, .low = 0, .high = 1},
                 .series = &series,
                 .series_count = 1};
  if (sn_ok() && curve->count > 0) sn_plot(page, &plot);
  free(points);
}

static void append_more_curves(SnMarkup *page, const SnEvaluationCurves *curves) {
  sn_page_grid_begin(page);
  append_curve(page, &curves->image_precision_recall, "Images: precision and recall", "recall: defective images found",
               "precision");
  append_curve(page, &curves->pixel_precision_recall, "Pixels: precision and recall", "recall: defective pixels found",
               "precision");
  append_curve(page, &curves->pixel_roc, "ROC of pixels", "good pixels called defective", "defective pixels found");
  sn_page_grid_end(page);
}

/* "noise of standard deviation 0.015, ": what the method's paper would have said of these settings. */
static char *remarks_of(const SnStudy *study, const SnSettings *settings) {
  const char *const *remark = sn_study_paper(study) ? sn_study_paper(study)->remarks : NULL;
  char *text = sn_copy_text("");
  for (; remark && *remark && text; remark += 2) {
    char value[SN_SETTING_TEXT];
    sn_setting_print(sn_setting_find(settings->method, remark[1]), settings, value);
    char *longer = sn_format("%s%s %s, ", text, remark[0], value);
    free(text);
    text = longer;
  }
  return text;
}

static char *note_of(const SnStudy *study, const SnSettings *settings) {
  unsigned groups = settings->method->groups;
  char *remarks = remarks_of(study, settings);
  char *backbone =
      groups & SN_GROUP_FEATURES ? sn_format("Backbone %s, ", settings->features.backbone) : sn_copy_text("");
  char *training = groups & SN_GROUP_TRAINING
                       ? sn_format("%lld epochs in batches of %lld, ", (long long)settings->training.epochs,
                                   (long long)settings->training.batch)
                       : sn_copy_text("");
  char *note =
      sn_ok() ? sn_format("%s%lld x %lld pixels, %s%sseed %lld.%s", backbone, (long long)settings->view.crop.height,
                          (long long)settings->view.crop.width, training, remarks, (long long)settings->training.seed,
                          *training ? " Scores and thresholds are those after the last epoch." : "")
              : NULL;
  free(remarks);
  free(backbone);
  free(training);
  return note;
}

static void append_counts(SnMarkup *page, const SnDataset *dataset) {
  int64_t defective = sn_samples_defective(&dataset->test);
  char *text =
      sn_format("Trained on %lld good images, tested on %lld good and %lld defective ones.",
                (long long)dataset->train.count, (long long)(dataset->test.count - defective), (long long)defective);
  if (text) sn_page_paragraph(page, text);
  free(text);
}

static bool write_page(const SnStudy *study, const SnCategoryReport *report, const SnExhibits *exhibits,
                       const char *folder) {
  SnMarkup page = {0};
  char *path = sn_path_join(folder, "report.html"), *note = note_of(study, report->settings);
  char *subtitle = sn_format("%s, trained on good images only", sn_study_method(study)->title);
  sn_page_begin(&page, report->dataset->category, subtitle);
  sn_category_numbers(&page, report);
  append_counts(&page, report->dataset);
  sn_category_worst(&page, exhibits);
  sn_page_heading(&page, "Test images, from the most to the least suspicious");
  sn_gallery_legend(&page, &exhibits->scale);
  sn_gallery(&page, exhibits, NULL, NULL);
  sn_page_heading(&page, "Curves");
  sn_category_plots(&page, report);
  append_more_curves(&page, report->curves);
  sn_page_end(&page, note);
  if (path) sn_markup_write(&page, path);
  sn_markup_free(&page);
  free(path);
  free(note);
  free(subtitle);
  return sn_ok();
}

bool sn_trial_page_write(const SnStudy *study, const SnCategoryReport *report, const char *folder) {
  SnExhibits exhibits;
  if (!sn_exhibits_load(report, PHOTOGRAPH_SIDE, &exhibits)) return false;
  bool written = write_examples(&exhibits, report->dataset->category, folder) && write_worst(&exhibits, folder) &&
                 write_page(study, report, &exhibits, folder);
  sn_exhibits_free(&exhibits);
  return written;
}
