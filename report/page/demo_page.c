#include "report/page/demo_page.h"

#include <stdio.h>
#include <stdlib.h>

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

static void append_story(SnMarkup *page, const SnSimpleNetSettings *settings) {
  static const char *const steps[] = {
      "A network that was trained on other images beforehand looks at each photograph and describes every spot of it "
      "by "
      "a list of numbers, its feature. It is never changed.",
      "An adaptor, one linear layer, moves these features to where the product at hand lives.",
      "A little random noise is added to the features of good images. That is all there is of defects in training: "
      "not images, but features that are slightly off.",
      "A small discriminator learns to tell the clean features from the noisy ones, and so where good ends.",
      "In a test the noise is left out: where the discriminator takes a spot for noisy, something is wrong with it. "
      "The spots' scores form the heat map, and the worst spot is the image's score."};
  sn_page_heading(page, "What SimpleNet does");
  sn_page_paragraph(page,
                    "A factory has thousands of photographs of good parts, hardly any of defective ones, and nobody "
                    "knows what the next defect will look like. So SimpleNet learns from good images alone:");
  sn_markup(page, "<ol class=\"steps\">\n");
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    sn_markup(page, "<li>");
    sn_markup_text(page, steps[i]);
    sn_markup(page, "</li>\n");
  }
  sn_markup(page, "</ol>\n");
  char *text = sn_format(
      "Here the images are drawn by the program itself, good and defective, in five categories; the exact place of "
      "each "
      "defect is known and used for nothing but the test. Each category was trained for %lld passes over its good "
      "images. The paper: Liu, Zhou, Xu and Wang, SimpleNet: A Simple Network for Image Anomaly Detection and "
      "Localization, CVPR 2023.",
      (long long)settings->epochs);
  if (text) sn_page_paragraph(page, text);
  free(text);
}

static void append_results(SnMarkup *page, const SnDemoPage *demo) {
  sn_page_heading(page, "How well it works");
  append_table(page, demo);
  sn_page_paragraph(
      page,
      "AUROC is the chance that a defective image (or pixel) scores higher than a good one: 0.5 is a coin's "
      "throw, 1 is perfect. AU-PRO asks how much of every single defect, however small, is covered while "
      "few good pixels are. The mean image, with its image AUROC, is the plain detector that SimpleNet is "
      "compared with: it calls suspicious what "
      "differs in colour from the average good image at the same place.");
}

static char *note_of(const SnDemoPage *demo) {
  const SnSimpleNetSettings *settings = demo->settings;
  return sn_format(
      "simplenet demo, %.0f s in all. Backbone %s, %lld x %lld pixels, %lld epochs in batches of %lld, "
      "noise of standard deviation %g, %lld hidden units, seed %lld.",
      demo->seconds, settings->backbone, (long long)settings->crop, (long long)settings->crop,
      (long long)settings->epochs, (long long)settings->batch, settings->sigma, (long long)settings->hidden,
      (long long)settings->seed);
}

bool sn_demo_page_write(const SnDemoPage *demo, const char *path) {
  SnMarkup page = {0};
  char *note = note_of(demo);
  sn_page_begin(&page, "Finding defects, having seen only good examples",
                "SimpleNet, trained from scratch on this machine a moment ago");
  sn_markup(&page, "<figure><a href=\"./overview.png\">");
  sn_page_photograph(&page, demo->overview,
                     "Photographs of defective fabrics, circuits, gears, tiles and wood, the defects outlined, and the "
                     "heat maps that find them");
  sn_markup(&page,
            "</a><figcaption>Defective test images of each category, the true defect outlined, and where SimpleNet "
            "sees it.</figcaption></figure>\n");
  append_story(&page, demo->settings);
  append_results(&page, demo);
  sn_markup(&page, "%s", sn_ok() && demo->sections->text ? demo->sections->text : "");
  sn_page_end(&page, note);
  free(note);
  return sn_markup_write(&page, path);
}
