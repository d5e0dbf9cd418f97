#include "report/page/demo_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/print.h"
#include "report/page/category_page.h"
#include "report/page/page.h"

enum { COLUMNS = 6 };

static SnMetric mean_of(const SnDemoRow *rows, int64_t count, size_t offset) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) {
    const SnMetric *metric = (const void *)((const char *)&rows[i] + offset);
    if (metric->reason) return *metric;
    sum += metric->value;
  }
  return count > 0 ? sn_metric(sum / (double)count) : sn_no_metric("There are no categories.");
}

SnDemoRow sn_demo_mean(const SnDemoRow *rows, int64_t count) {
  SnDemoRow mean = {.category = "mean",
                    .baseline = mean_of(rows, count, offsetof(SnDemoRow, baseline)),
                    .image_auroc = mean_of(rows, count, offsetof(SnDemoRow, image_auroc)),
                    .pixel_auroc = mean_of(rows, count, offsetof(SnDemoRow, pixel_auroc)),
                    .au_pro = mean_of(rows, count, offsetof(SnDemoRow, au_pro))};
  for (int64_t i = 0; i < count; i++) mean.seconds += rows[i].seconds / (double)count;
  return mean;
}

static bool append_table(SnMarkup *page, const SnDemoPage *demo) {
  static const char *const head[COLUMNS] = {"category",    "mean image", "image AUROC",
                                            "pixel AUROC", "AU-PRO",     "seconds"};
  typedef char Text[SN_METRIC_TEXT];
  Text *texts = sn_allocate(demo->row_count * COLUMNS, sizeof *texts, "a table");
  const char **cells = sn_allocate((demo->row_count + 1) * COLUMNS, sizeof *cells, "a table");
  for (int64_t i = 0; i < COLUMNS && cells; i++) cells[i] = head[i];
  for (int64_t r = 0; r < demo->row_count && texts && cells; r++) {
    const SnDemoRow *row = &demo->rows[r];
    const SnMetric metrics[] = {row->baseline, row->image_auroc, row->pixel_auroc, row->au_pro};
    const char **line = cells + (r + 1) * COLUMNS;
    line[0] = row->category;
    for (int64_t i = 0; i < 4; i++) line[i + 1] = sn_metric_text(metrics[i], texts[r * COLUMNS + i]);
    sn_snprintf(texts[r * COLUMNS + 4], SN_METRIC_TEXT, "%.1f", row->seconds);
    line[5] = texts[r * COLUMNS + 4];
  }
  if (sn_ok()) sn_page_table(page, cells, demo->row_count + 1, COLUMNS);
  free(cells);
  free(texts);
  return sn_ok();
}

static void append_idea(SnMarkup *page, const SnSettings *settings) {
  const SnMethod *method = settings->method;
  char *heading = sn_format("How %s works", method->title);
  char *opening = sn_format(
      "A factory has thousands of photographs of good parts, hardly any of defective ones, and nobody knows what the "
      "next defect will look like. %s",
      method->idea[0]);
  if (heading) sn_page_heading(page, heading);
  if (opening) sn_page_paragraph(page, opening);
  sn_markup(page, "<ol class=\"steps\">\n");
  for (int i = 1; method->idea[i]; i++) {
    sn_markup(page, "<li>");
    sn_markup_text(page, method->idea[i]);
    sn_markup(page, "</li>\n");
  }
  sn_markup(page, "</ol>\n");
  char *text = sn_format(
      "Here the images are drawn by the program itself, good and defective, in five categories; the exact place of "
      "each defect is known and used for nothing but the test. The paper: %s.",
      method->paper);
  if (text) sn_page_paragraph(page, text);
  free(heading);
  free(opening);
  free(text);
}

static void append_results(SnMarkup *page, const SnDemoPage *demo) {
  char *text = sn_format(
      "AUROC is the chance that a defective image (or pixel) scores higher than a good one: 0.5 is a coin's throw, 1 "
      "is "
      "perfect. AU-PRO asks how much of every single defect, however small, is covered while few good pixels are. The "
      "mean image, with its image AUROC, is the plain detector that %s is compared with: it calls suspicious what "
      "differs in colour from the average good image at the same place.",
      demo->settings->method->title);
  sn_page_heading(page, "How well it works");
  append_table(page, demo);
  if (text) sn_page_paragraph(page, text);
  free(text);
}

/* What the demo changes of the method's settings. */
static void append_changes(const SnSettings *settings, char *text, size_t size) {
  const char *const *demo = settings->method->demo;
  char value[SN_SETTING_TEXT];
  *text = '\0';
  for (; demo && *demo; demo += 2) {
    size_t used = strlen(text);
    sn_setting_print(sn_setting_find(settings->method, *demo), settings, value);
    snprintf(text + used, size - used, ", %s %s", *demo, value);
  }
}

static char *note_of(const SnDemoPage *demo) {
  const SnSettings *settings = demo->settings;
  char changes[512];
  append_changes(settings, changes, sizeof changes);
  return sn_format("simplenet demo, %.0f s in all. %s, backbone %s, %lld x %lld pixels%s, seed %lld.", demo->seconds,
                   settings->method->title, settings->features.backbone, (long long)settings->view.crop.height,
                   (long long)settings->view.crop.width, changes, (long long)settings->training.seed);
}

bool sn_demo_page_write(const SnDemoPage *demo, const char *path) {
  SnMarkup page = {0};
  const char *title = demo->settings->method->title;
  char *note = note_of(demo), *subtitle = sn_format("%s, trained from scratch on this machine a moment ago", title);
  sn_page_begin(&page, "Finding defects, having seen only good examples", subtitle ? subtitle : "");
  sn_markup(&page, "<figure><a href=\"./overview.png\">");
  sn_page_photograph(&page, demo->overview,
                     "Photographs of defective fabrics, circuits, gears, tiles and wood, the defects outlined, and the "
                     "heat maps that find them");
  sn_markup(&page,
            "</a><figcaption>Defective test images of each category, the true defect outlined, and where %s sees "
            "it.</figcaption></figure>\n",
            title);
  append_idea(&page, demo->settings);
  append_results(&page, demo);
  sn_markup(&page, "%s", sn_ok() && demo->sections->text ? demo->sections->text : "");
  sn_page_end(&page, note);
  free(note);
  free(subtitle);
  return sn_markup_write(&page, path);
}
