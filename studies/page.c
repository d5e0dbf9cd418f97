#include "studies/page.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/print.h"
#include "report/page/page.h"
#include "report/results.h"
#include "studies/figures.h"
#include "studies/page_parts.h"

/* ---- CSV ---- */

static const char *const measure_names[SN_MEASURES] = {"last_image_auroc", "last_pixel_auroc", "last_au_pro",
                                                       "best_image_auroc", "best_pixel_auroc"};

static bool write_summary(const SnStudy *study, const char *path) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  fprintf(writer.stream, "variant,seeds");
  for (int m = 0; m < SN_MEASURES; m++) fprintf(writer.stream, ",%s,%s_deviation", measure_names[m], measure_names[m]);
  fprintf(writer.stream, ",images_per_second,paper_image_auroc,paper_pixel_auroc\n");
  for (int64_t v = 0; v < study->variant_count; v++) {
    const SnPaperLine *line = sn_study_paper_line(study, v);
    sn_write_csv_field(writer.stream, study->variants[v].label);
    for (int m = 0; m < SN_MEASURES; m++) {
      SnSpread mean = sn_study_mean(study, v, -1, SN_MVTEC_ALL, (SnMeasure)m);
      if (m == 0) fprintf(writer.stream, ",%" PRId64, mean.count);
      sn_write_csv_number(writer.stream, mean.mean);
      sn_write_csv_number(writer.stream, mean.deviation);
    }
    sn_write_csv_number(writer.stream, study->speeds ? study->speeds[v] : NAN);
    sn_write_csv_number(writer.stream, line ? line->score.image : NAN);
    sn_write_csv_number(writer.stream, line ? line->score.pixel : NAN);
    fprintf(writer.stream, "\n");
  }
  return sn_file_commit(&writer);
}

static void write_trial(FILE *stream, const SnStudy *study, int64_t v, int64_t c, int64_t s) {
  const SnTrialResult *result = sn_study_result(study, v, c, s);
  if (!result->present) return;
  sn_write_csv_field(stream, study->variants[v].label);
  fputc(',', stream);
  sn_write_csv_field(stream, study->categories[c].name);
  fprintf(stream, ",%" PRId64, study->seeds[s]);
  sn_write_csv_number(stream, 100 * result->image_auroc);
  sn_write_csv_number(stream, 100 * result->pixel_auroc);
  sn_write_csv_number(stream, 100 * result->au_pro);
  sn_write_csv_number(stream, 100 * result->best_image_auroc);
  sn_write_csv_number(stream, 100 * result->best_pixel_auroc);
  fprintf(stream, ",%" PRId64, result->best_epoch);
  sn_write_csv_number(stream, result->seconds);
  sn_write_csv_number(stream, result->peak_memory / 1e6);
  fprintf(stream, "\n");
}

static bool write_trials(const SnStudy *study, const char *path) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  fprintf(writer.stream, "variant,category,seed");
  for (int m = 0; m < SN_MEASURES; m++) fprintf(writer.stream, ",%s", measure_names[m]);
  fprintf(writer.stream, ",best_epoch,seconds,peak_memory_mb\n");
  for (int64_t v = 0; v < study->variant_count; v++)
    for (int64_t c = 0; c < study->category_count; c++)
      for (int64_t s = 0; s < study->seed_count; s++) write_trial(writer.stream, study, v, c, s);
  return sn_file_commit(&writer);
}

/* ---- page ---- */

enum { CELL = 64 };
typedef char Cell[CELL];

static bool append_summary(SnMarkup *markup, const SnStudy *study) {
  static const char *const names[SN_MEASURES] = {"image, last epoch", "pixel, last epoch", "AU-PRO",
                                                 "image, best on test", "pixel, best on test"};
  int64_t columns = 1 + SN_MEASURES + (study->speeds ? 1 : 0) + (study->drawn->lines ? 1 : 0);
  const char **cells = sn_scope_allocate((study->variant_count + 1) * columns, sizeof *cells, NULL);
  Cell *texts = sn_scope_allocate(study->variant_count * columns, sizeof *texts, NULL);
  if (!cells || !texts) return false;
  for (int m = 0; m < SN_MEASURES; m++) cells[m + 1] = names[m];
  if (study->speeds) cells[SN_MEASURES + 1] = "images a second";
  if (study->drawn->lines) cells[columns - 1] = "the paper";
  for (int64_t v = 0; v < study->variant_count; v++) {
    const char **line = cells + (v + 1) * columns;
    Cell *text = texts + v * columns;
    const SnPaperLine *paper = sn_study_paper_line(study, v);
    line[0] = study->variants[v].label;
    for (int m = 0; m < SN_MEASURES; m++)
      line[m + 1] = sn_spread_text(sn_study_mean(study, v, -1, SN_MVTEC_ALL, (SnMeasure)m), 2, text[m]);
    if (study->speeds) sn_snprintf(text[SN_MEASURES], CELL, "%.1f", study->speeds[v]);
    if (study->speeds) line[SN_MEASURES + 1] = text[SN_MEASURES];
    if (paper) sn_snprintf(text[columns - 1], CELL, "%.1f / %.1f", paper->score.image, paper->score.pixel);
    if (paper) line[columns - 1] = text[columns - 1];
  }
  return sn_page_table(markup, cells, study->variant_count + 1, columns);
}

/* Rows of the paper's table that have no variant here. */
static void append_absent(SnMarkup *markup, const SnStudy *study) {
  char *text = sn_copy_text("Not run here (the paper, image / pixel):");
  int64_t absent = 0;
  for (int64_t i = 0; i < study->drawn->line_count && text; i++) {
    const SnPaperLine *line = &study->drawn->lines[i];
    bool run = false;
    for (int64_t v = 0; v < study->variant_count; v++) run |= sn_study_paper_line(study, v) == line;
    if (run) continue;
    char *longer = sn_format("%s%s %s (%.1f / %.1f)", text, absent++ > 0 ? "," : "", line->label, line->score.image,
                             line->score.pixel);
    free(text);
    text = longer;
  }
  if (absent > 0 && text) sn_page_paragraph(markup, text);
  free(text);
}

/* Image / pixel AUROC after the last epoch: a row a variant, a column a category. */
static bool append_categories(SnMarkup *markup, const SnStudy *study) {
  int64_t columns = study->category_count + 1;
  const char **cells = sn_scope_allocate((study->variant_count + 1) * columns, sizeof *cells, NULL);
  Cell *texts = sn_scope_allocate(study->variant_count * columns, sizeof *texts, NULL);
  if (!cells || !texts || study->category_count < 2) return sn_ok();
  for (int64_t c = 0; c < study->category_count; c++) cells[c + 1] = study->categories[c].name;
  for (int64_t v = 0; v < study->variant_count; v++) {
    cells[(v + 1) * columns] = study->variants[v].label;
    for (int64_t c = 0; c < study->category_count; c++) {
      SnSpread image = sn_study_mean(study, v, c, SN_MVTEC_ALL, SN_LAST_IMAGE);
      SnSpread pixel = sn_study_mean(study, v, c, SN_MVTEC_ALL, SN_LAST_PIXEL);
      sn_snprintf(texts[v * columns + c], CELL, "%.2f / %.2f", image.mean, pixel.mean);
      cells[(v + 1) * columns + c + 1] = texts[v * columns + c];
    }
  }
  sn_page_heading(markup, "By category: image / pixel AUROC after the last epoch");
  return sn_page_table(markup, cells, study->variant_count + 1, columns);
}

static char *what_was_run(const SnStudy *study) {
  const SnSettings *settings = &study->variants[0].settings;
  int64_t mvtecs = 0;
  for (int64_t c = 0; c < study->category_count; c++) mvtecs += study->categories[c].is_mvtecs;
  return sn_format(
      "Run here: %lld epochs (the paper: %lld), %lld categor%s, of which %lld of MVTec AD's 15, %lld seed%s. "
      "AUROC and AU-PRO in percent; mean and standard deviation over the seeds.%s",
      (long long)sn_settings_epochs(settings), (long long)sn_study_paper(study)->epochs,
      (long long)study->category_count, study->category_count == 1 ? "y" : "ies", (long long)mvtecs,
      (long long)study->seed_count, study->seed_count == 1 ? "" : "s",
      study->drawn->lines ? " The paper's numbers are means over all 15." : "");
}

static bool write_page(const SnStudy *study, const char *path) {
  SnMarkup markup = {0};
  char *subtitle = sn_study_subtitle(study), *note = sn_study_note(study), *run = what_was_run(study);
  sn_page_begin(&markup, study->title, subtitle);
  sn_page_paragraph(&markup, study->drawn->introduction);
  if (run) sn_page_paragraph(&markup, run);
  sn_study_figures(&markup, study);
  sn_page_heading(&markup, "Results");
  append_summary(&markup, study);
  append_absent(&markup, study);
  append_categories(&markup, study);
  sn_study_settings_section(&markup, study);
  sn_page_end(&markup, note);
  free(subtitle);
  free(note);
  free(run);
  return sn_markup_write(&markup, path);
}

bool sn_study_page_write(const SnStudy *study) {
  const char *folder = study->folder;
  char *name = sn_format("%s.csv", study->name), *summary = name ? sn_path_join(folder, name) : NULL;
  char *trials = sn_path_join(folder, "trials.csv"), *report = sn_path_join(folder, "report.html");
  if (sn_ok() && write_summary(study, summary) && write_trials(study, trials)) write_page(study, report);
  free(name);
  free(summary);
  free(trials);
  free(report);
  return sn_ok();
}
