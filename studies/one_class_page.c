#include "studies/one_class_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/print.h"
#include "report/page/page.h"
#include "report/plot/plot.h"
#include "report/results.h"
#include "studies/page_parts.h"

double sn_one_class_paper(const SnStudy *study) {
  return study->drawn->lines[study->drawn->line_count - 1].score.image;
}

static bool write_csv(const SnStudy *study, const char *path) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  fprintf(writer.stream, "normal class or method,image_auroc,deviation,seeds\n");
  for (int64_t c = -1; c < study->category_count; c++) {
    SnSpread mean = sn_study_mean(study, 0, c, SN_MVTEC_ALL, SN_LAST_IMAGE);
    sn_write_csv_field(writer.stream, c < 0 ? "mean of the classes" : study->categories[c].name);
    sn_write_csv_number(writer.stream, mean.mean);
    sn_write_csv_number(writer.stream, mean.deviation);
    fprintf(writer.stream, ",%lld\n", (long long)mean.count);
  }
  for (int i = 0; i < study->drawn->line_count; i++) {
    fprintf(writer.stream, "the paper: %s", study->drawn->lines[i].label);
    sn_write_csv_number(writer.stream, study->drawn->lines[i].score.image);
    fprintf(writer.stream, ",,\n");
  }
  return sn_file_commit(&writer);
}

static bool append_plot(SnMarkup *page, const SnStudy *study) {
  int64_t count = study->category_count;
  const char **names = sn_scope_allocate(count, sizeof *names, NULL);
  double *x = sn_scope_allocate(3 * count, sizeof *x, NULL), paper = sn_one_class_paper(study);
  if (!names || !x) return false;
  for (int64_t c = 0; c < count; c++) {
    names[c] = study->categories[c].name;
    x[c] = (double)c;
    x[count + c] = sn_study_mean(study, 0, c, SN_MVTEC_ALL, SN_LAST_IMAGE).mean;
    x[2 * count + c] = paper;
  }
  SnSeries series[] = {{"ours", SN_SERIES_POINTS, 0, false, x, x + count, NULL, NULL, NULL, count},
                       {"the paper's mean", SN_SERIES_LINE, 6, true, x, x + 2 * count, NULL, NULL, NULL, count}};
  SnPlot plot = {
      .title = "One class of CIFAR-10 against the others",
      .x = {.label = "normal class", .low = -0.5, .high = (double)count - 0.5, .names = names, .name_count = count},
      .y = {.label = "image AUROC (%)", .low = NAN, .high = NAN},
      .series = series,
      .series_count = 2};
  char *path = sn_format("%s/%s.svg", study->folder, study->name);
  sn_markup(page, "<div style=\"max-width:720px\">\n");
  sn_page_grid_begin(page);
  if (path && sn_plot(page, &plot)) sn_plot_write(&plot, path);
  free(path);
  sn_page_grid_end(page);
  return sn_markup(page, "</div>\n");
}

typedef char Cell[SN_SPREAD_TEXT];

static bool append_table(SnMarkup *page, const SnStudy *study) {
  int64_t rows = study->category_count + 2 + study->drawn->line_count;
  const char **cells = sn_scope_allocate(2 * rows, sizeof *cells, NULL);
  Cell *texts = sn_scope_allocate(rows, sizeof *texts, NULL);
  if (!cells || !texts) return false;
  int64_t row = 0;
  cells[1] = "image AUROC (%)";
  for (int64_t c = 0; c <= study->category_count; c++) {
    int64_t category = c < study->category_count ? c : -1;
    row++;
    cells[2 * row] = category < 0 ? "mean" : study->categories[c].name;
    cells[2 * row + 1] = sn_spread_text(sn_study_mean(study, 0, category, SN_MVTEC_ALL, SN_LAST_IMAGE), 2, texts[row]);
  }
  for (int i = 0; i < study->drawn->line_count; i++) {
    char *name = sn_format("the paper: %s", study->drawn->lines[i].label);
    row++;
    cells[2 * row] = name ? sn_scope_text(name) : NULL;
    free(name);
    sn_snprintf(texts[row], sizeof texts[row], "%g", study->drawn->lines[i].score.image);
    cells[2 * row + 1] = texts[row];
  }
  return sn_page_table(page, cells, rows, 2);
}

static bool write_page(const SnStudy *study, const char *path) {
  SnMarkup page = {0};
  char *subtitle = sn_study_subtitle(study), *note = sn_study_note(study);
  char *text = sn_format(
      "%s Run here: %lld epochs (the paper: %lld), %lld of 10 classes, %lld test images (CIFAR-10 has 10000). No epoch "
      "is selected by the test set here: "
      "that would take one pass over it for every epoch that is tried. The paper's numbers are means over the ten "
      "classes.",
      study->drawn->introduction, (long long)sn_settings_epochs(&study->variants[0].settings),
      (long long)sn_study_paper(study)->epochs, (long long)study->category_count,
      (long long)study->categories[0].test_images);
  sn_page_begin(&page, study->title, subtitle);
  if (text) sn_page_paragraph(&page, text);
  append_plot(&page, study);
  sn_page_heading(&page, "Results");
  append_table(&page, study);
  sn_study_settings_section(&page, study);
  sn_page_end(&page, note);
  free(subtitle);
  free(note);
  free(text);
  return sn_markup_write(&page, path);
}

bool sn_one_class_page_write(const SnStudy *study) {
  char *name = sn_format("%s.csv", study->name), *csv = name ? sn_path_join(study->folder, name) : NULL;
  char *page = sn_path_join(study->folder, "report.html");
  if (sn_ok() && write_csv(study, csv)) write_page(study, page);
  free(name);
  free(csv);
  free(page);
  return sn_ok();
}
