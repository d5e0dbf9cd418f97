#include "studies/benchmark_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/print.h"
#include "report/page/page.h"
#include "report/plot/plot.h"
#include "studies/page_parts.h"
#include "studies/table1.h"
#include "studies/trial_plots.h"

enum { COLUMNS = 9, PAPER = 6, CELL = SN_SCORE_TEXT }; /* PAPER: the column of its numbers */

/* ---- summary ---- */

static void append_numbers(SnMarkup *page, const SnStudy *study) {
  static const char *const names[] = {"image AUROC, last epoch", "pixel AUROC, last epoch", "AU-PRO, last epoch",
                                      "image AUROC, best on test", "pixel AUROC, best on test"};
  char texts[SN_MEASURES][SN_SPREAD_TEXT];
  const char *values[SN_MEASURES];
  for (int m = 0; m < SN_MEASURES; m++)
    values[m] = sn_spread_text(sn_study_mean(study, 0, -1, SN_MVTEC_ALL, (SnMeasure)m), 2, texts[m]);
  sn_page_numbers(page, names, values, SN_MEASURES);
}

static void print_costs(const SnStudy *study, int64_t category, char seconds[CELL], char memory[CELL]) {
  double spent = 0, peak = 0;
  int64_t count = 0;
  for (int64_t s = 0; category >= 0 && s < study->seed_count; s++) {
    const SnTrialResult *result = sn_study_result(study, 0, category, s);
    if (!result->present) continue;
    spent += result->seconds;
    peak = fmax(peak, result->peak_memory);
    count++;
  }
  seconds[0] = memory[0] = '\0';
  if (count > 0) sn_snprintf(seconds, CELL, "%.0f", spent / (double)count);
  if (count > 0 && peak > 0) sn_snprintf(memory, CELL, "%.0f", peak / 1e6);
}

static bool append_summary(SnMarkup *page, const SnStudy *study) {
  static const char *const head[COLUMNS] = {
      "", "last: image", "last: pixel", "last: AU-PRO", "best: image", "best: pixel", "the paper", "s", "MB"};
  typedef char Cell[CELL];
  int64_t most = study->category_count + SN_TABLE1_MAX_MEANS;
  SnTable1Row *rows = sn_scope_allocate(most, sizeof *rows, NULL);
  Cell *texts = sn_scope_allocate((most + 1) * COLUMNS, sizeof *texts, NULL);
  char(*names)[SN_TABLE1_NAME] = sn_scope_allocate(most, sizeof *names, NULL);
  const char **cells = sn_scope_allocate((most + 1) * COLUMNS, sizeof *cells, NULL);
  if (!rows || !texts || !names || !cells) return false;
  int64_t count = sn_table1_rows(study, rows);
  int columns = 0;
  for (int i = 0; i < COLUMNS; i++)
    if (i != PAPER || sn_study_table(study)) cells[columns++] = head[i];
  for (int64_t r = 0; r < count; r++) {
    const char **line = cells + (r + 1) * columns;
    Cell *text = texts + r * COLUMNS;
    line[0] = sn_table1_name(study, rows[r], names[r]);
    for (int m = 0; m < SN_MEASURES; m++)
      line[m + 1] = sn_spread_text(sn_study_mean(study, 0, rows[r].category, rows[r].group, (SnMeasure)m), 2, text[m]);
    sn_paper_score_text(sn_table1_own(study, rows[r]), 1, text[PAPER]);
    print_costs(study, rows[r].category, text[PAPER + 1], text[PAPER + 2]);
    for (int i = PAPER, at = PAPER; i < COLUMNS; i++)
      if (i != PAPER || sn_study_table(study)) line[at++] = text[i];
  }
  return sn_page_table(page, cells, count + 1, columns);
}

static void append_absent(SnMarkup *page, const SnStudy *study) {
  char *absent = sn_copy_text("");
  int count = 0;
  for (int i = 0; i < SN_MVTEC_CATEGORIES && absent; i++) {
    bool found = false;
    for (int64_t c = 0; c < study->category_count; c++) found |= study->categories[c].mvtec == &sn_mvtec_categories[i];
    if (found) continue;
    char *longer = sn_format("%s%s%s", absent, count++ > 0 ? ", " : "", sn_mvtec_categories[i].name);
    free(absent);
    absent = longer;
  }
  char *text = count > 0 && absent ? sn_format("Of MVTec AD's %d categories, %d were not tested: %s.",
                                               SN_MVTEC_CATEGORIES, count, absent)
                                   : NULL;
  if (text) sn_page_paragraph(page, text);
  free(text);
  free(absent);
}

/* A data set that borrows MVTec AD's names is not taken for it. */
static void append_strangers(SnMarkup *page, const SnStudy *study) {
  char *names = sn_copy_text("");
  int count = 0;
  for (int64_t c = 0; c < study->category_count && names; c++) {
    if (!study->categories[c].mvtec || study->categories[c].is_mvtecs) continue;
    char *longer = sn_format("%s%s%s", names, count++ > 0 ? ", " : "", study->categories[c].name);
    free(names);
    names = longer;
  }
  char *text = count > 0 && names
                   ? sn_format("Named as in MVTec AD, but with other numbers of images%s: %s.",
                               sn_study_table(study) ? ", so the paper's numbers do not stand beside them" : "", names)
                   : NULL;
  if (text) sn_page_paragraph(page, text);
  free(text);
  free(names);
}

/* Last epoch, best on test, and the paper, category by category. */
static void append_comparison(SnMarkup *page, const SnStudy *study, const char *title, SnMeasure last, SnMeasure best,
                              bool pixel) {
  int64_t count = study->category_count;
  const char **names = sn_scope_allocate(count, sizeof *names, NULL);
  double *values = sn_scope_allocate(6 * count, sizeof *values, NULL);
  if (!names || !values) return;
  double lowest = 100;
  for (int64_t c = 0; c < count; c++) {
    SnPaperScore paper = sn_table1_own(study, (SnTable1Row){c, SN_MVTEC_ALL});
    names[c] = study->categories[c].name;
    values[c] = (double)c;
    values[4 * count + c] = (double)c - 0.15; /* aside, so that points of one height are all seen */
    values[5 * count + c] = (double)c + 0.15;
    values[count + c] = sn_study_mean(study, 0, c, SN_MVTEC_ALL, last).mean;
    values[2 * count + c] = sn_study_mean(study, 0, c, SN_MVTEC_ALL, best).mean;
    values[3 * count + c] = pixel ? paper.pixel : paper.image;
    for (int i = 1; i < 4; i++) lowest = fmin(lowest, values[i * count + c]); /* fmin leaves NaN aside */
  }
  SnSeries series[] = {
      {"last epoch", SN_SERIES_POINTS, 0, false, values + 4 * count, values + count, NULL, NULL, NULL, count},
      {"best on test", SN_SERIES_POINTS, 1, false, values, values + 2 * count, NULL, NULL, NULL, count},
      {"the paper", SN_SERIES_POINTS, 6, false, values + 5 * count, values + 3 * count, NULL, NULL, NULL, count}};
  SnPlot plot = {.title = title,
                 .x = {.low = -0.5, .high = (double)count - 0.5, .names = names, .name_count = count},
                 .y = {.label = "AUROC (%)", .low = floor(lowest - 0.5), .high = 100},
                 .series = series,
                 .series_count = sn_study_table(study) ? 3 : 2};
  sn_plot(page, &plot);
}

/* ---- categories ---- */

static void append_category(SnMarkup *page, const SnStudy *study, int64_t c) {
  const SnStudyCategory *category = &study->categories[c];
  char *folder = sn_study_category_folder(study, 0, c);
  char *worst = folder ? sn_path_join(folder, "worst.jpg") : NULL;
  char *examples = folder ? sn_path_join(folder, "examples.jpg") : NULL;
  sn_page_heading(page, category->name);
  char *text = sn_format(
      "%lld good images to train on; %lld good and %lld defective ones to test on.", (long long)category->train_images,
      (long long)(category->test_images - category->test_defective), (long long)category->test_defective);
  if (text && sn_ok()) {
    sn_page_paragraph(page, text);
    sn_markup(page, "<p>");
    sn_page_link_begin(page, category->name, "report.html");
    sn_markup(page, "Every test image, and all curves</a></p>\n");
    sn_page_jpeg_file(page, worst, "The defective images with the lowest scores and the good ones with the highest");
    sn_page_jpeg_file(page, examples,
                      "A typical image of each kind of defect: photograph, truth, and the heat map, outlined in white "
                      "where it reaches the threshold of the largest pixel F1");
    sn_page_grid_begin(page);
    if (sn_study_result(study, 0, c, 0)->present) sn_plot_trial_scores(page, study, 0, c, 0);
    sn_plot_trial_losses(page, study, 0, c);
    sn_page_grid_end(page);
  }
  free(text);
  free(folder);
  free(worst);
  free(examples);
}

/* ---- the paper's table ---- */

static bool append_papers_table(SnMarkup *page, const SnPaperTable *table) {
  enum { ROWS = 1 + SN_MVTEC_CATEGORIES + 2 * SN_MVTEC_GROUPS };
  static const char *const means[SN_MVTEC_GROUPS][2] = {{"textures, mean as printed", "textures, mean of the rows"},
                                                        {"objects, mean as printed", "objects, mean of the rows"},
                                                        {"all, mean as printed", "all, mean of the rows"}};
  typedef char Cell[CELL];
  int64_t width = table->method_count + 1;
  Cell *texts = sn_scope_allocate(ROWS * width, sizeof *texts, NULL);
  const char **cells = sn_scope_allocate(ROWS * width, sizeof *cells, NULL);
  if (!texts || !cells) return false;
  for (int m = 0; m < table->method_count; m++) cells[m + 1] = table->methods[m];
  for (int row = 1; row < ROWS; row++) {
    int extra = row - 1 - SN_MVTEC_CATEGORIES;
    SnMvtecGroup group = (SnMvtecGroup)(extra / 2);
    cells[row * width] = extra < 0 ? sn_mvtec_categories[row - 1].name : means[extra / 2][extra % 2];
    for (int m = 0; m < table->method_count; m++) {
      SnPaperScore score = extra < 0        ? sn_published_score(table, row - 1, m)
                           : extra % 2 == 0 ? sn_published_mean(table, group, m)
                                            : sn_mean_of_published(table, group, m);
      cells[row * width + m + 1] = sn_paper_score_text(score, 1, texts[row * width + m]);
    }
  }
  sn_page_heading(page, "Table 1 of the paper: image / pixel AUROC in percent");
  return sn_page_table(page, cells, ROWS, width);
}

static bool append_explanation(SnMarkup *page, const SnStudy *study) {
  char *text = sn_format(
      "In percent; mean and standard deviation over the seeds. Last: after the last epoch, what a user gets. Best: "
      "the epoch with the best image AUROC on the test set, among every %lldth and the last%s; it looks at the "
      "answers. %sSeconds and memory are of one seed.",
      (long long)study->eval_every,
      sn_study_paper(study) && sn_study_paper(study)->selects_by_test
          ? ", which is how the authors' released code selects"
          : "",
      sn_study_table(study) ? "The paper's numbers (image / pixel AUROC) stand where the images are MVTec AD's. " : "");
  if (text) sn_page_paragraph(page, text);
  free(text);
  return sn_ok();
}

bool sn_benchmark_page_write(const SnStudy *study, const char *path) {
  SnMarkup page = {0};
  char *subtitle = sn_study_subtitle(study), *note = sn_study_note(study);
  sn_page_begin(&page, study->title, subtitle);
  append_numbers(&page, study);
  append_absent(&page, study);
  append_strangers(&page, study);
  sn_page_heading(&page, "Results");
  append_summary(&page, study);
  append_explanation(&page, study);
  sn_page_grid_begin(&page);
  append_comparison(&page, study, "Image AUROC, and what selection does", SN_LAST_IMAGE, SN_BEST_IMAGE, false);
  append_comparison(&page, study, "Pixel AUROC, and what selection does", SN_LAST_PIXEL, SN_BEST_PIXEL, true);
  sn_page_grid_end(&page);
  for (int64_t c = 0; c < study->category_count; c++) append_category(&page, study, c);
  if (sn_study_table(study)) append_papers_table(&page, sn_study_table(study));
  sn_study_settings_section(&page, study);
  sn_page_end(&page, note);
  free(subtitle);
  free(note);
  return sn_markup_write(&page, path);
}
