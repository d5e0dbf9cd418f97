#include "studies/table1.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/print.h"
#include "report/page/markdown.h"
#include "report/results.h"
#include "studies/page_parts.h"

static int64_t members(const SnStudy *study, SnMvtecGroup group) {
  int64_t count = 0;
  for (int64_t c = 0; c < study->category_count; c++) {
    const SnMvtecCategory *mvtec = study->categories[c].mvtec;
    count += group == SN_MVTEC_ALL || (mvtec && mvtec->group == group);
  }
  return count;
}

static int64_t mvtecs_members(SnMvtecGroup group) {
  int64_t count = 0;
  for (int i = 0; i < SN_MVTEC_CATEGORIES; i++) count += group == SN_MVTEC_ALL || sn_mvtec_categories[i].group == group;
  return count;
}

int64_t sn_table1_rows(const SnStudy *study, SnTable1Row *rows) {
  int64_t count = 0;
  for (SnMvtecGroup group = SN_MVTEC_TEXTURES; group < SN_MVTEC_ALL; group++) {
    for (int64_t c = 0; c < study->category_count; c++)
      if (study->categories[c].mvtec && study->categories[c].mvtec->group == group)
        rows[count++] = (SnTable1Row){c, group};
    if (members(study, group) > 0) rows[count++] = (SnTable1Row){-1, group};
  }
  for (int64_t c = 0; c < study->category_count; c++)
    if (!study->categories[c].mvtec) rows[count++] = (SnTable1Row){c, SN_MVTEC_ALL};
  rows[count++] = (SnTable1Row){-1, SN_MVTEC_ALL};
  return count;
}

const char *sn_table1_name(const SnStudy *study, SnTable1Row row, char text[SN_TABLE1_NAME]) {
  int64_t have = members(study, row.group), all = mvtecs_members(row.group);
  if (row.category >= 0)
    snprintf(text, SN_TABLE1_NAME, "%s", study->categories[row.category].name);
  else if (have == all)
    snprintf(text, SN_TABLE1_NAME, "mean of %s", sn_mvtec_groups[row.group]);
  else
    snprintf(text, SN_TABLE1_NAME, "mean of %s (%" PRId64 " of %" PRId64 ")", sn_mvtec_groups[row.group], have, all);
  return text;
}

/* Whether all of the group are there, with MVTec AD's images, and nothing else. */
static bool is_complete(const SnStudy *study, SnMvtecGroup group) {
  int64_t count = 0;
  for (int64_t c = 0; c < study->category_count; c++) {
    const SnStudyCategory *category = &study->categories[c];
    if (group == SN_MVTEC_ALL ? !category->is_mvtecs : !category->mvtec || category->mvtec->group != group) {
      if (group == SN_MVTEC_ALL) return false;
      continue;
    }
    if (!category->is_mvtecs) return false;
    count++;
  }
  return count == mvtecs_members(group);
}

const SnPaperTable *sn_study_table(const SnStudy *study) {
  return sn_study_paper(study) ? sn_study_paper(study)->table : NULL;
}

SnPaperScore sn_table1_paper(const SnStudy *study, SnTable1Row row, int method) {
  static const SnPaperScore none = {NAN, NAN};
  const SnPaperTable *table = sn_study_table(study);
  if (!table) return none;
  if (row.category < 0) return is_complete(study, row.group) ? sn_published_mean(table, row.group, method) : none;
  const SnStudyCategory *category = &study->categories[row.category];
  return category->is_mvtecs ? sn_published_score(table, (int)(category->mvtec - sn_mvtec_categories), method) : none;
}

SnPaperScore sn_table1_own(const SnStudy *study, SnTable1Row row) {
  const SnPaperTable *table = sn_study_table(study);
  return sn_table1_paper(study, row, table ? table->own : 0);
}

/* ---- files ---- */

static void write_costs(FILE *stream, const SnStudy *study, int64_t category) {
  double seconds = 0, memory = 0;
  int64_t count = 0;
  for (int64_t s = 0; category >= 0 && s < study->seed_count; s++) {
    const SnTrialResult *result = sn_study_result(study, 0, category, s);
    if (!result->present) continue;
    seconds += result->seconds;
    memory = fmax(memory, result->peak_memory);
    count++;
  }
  sn_write_csv_number(stream, count > 0 ? seconds / (double)count : NAN);
  sn_write_csv_number(stream, count > 0 && memory > 0 ? memory / 1e6 : NAN);
}

static const char *const measure_names[SN_MEASURES] = {"last_image_auroc", "last_pixel_auroc", "last_au_pro",
                                                       "best_image_auroc", "best_pixel_auroc"};

bool sn_write_table1_csv(const char *path, const SnStudy *study) {
  SnTable1Row *rows = sn_scope_allocate(study->category_count + SN_TABLE1_MAX_MEANS, sizeof *rows, NULL);
  SnFileWriter writer;
  if (!rows || !sn_file_create(path, &writer)) return false;
  FILE *stream = writer.stream;
  fprintf(stream, "category,train_images,test_images,seeds");
  for (int m = 0; m < SN_MEASURES; m++) fprintf(stream, ",%s,%s_deviation", measure_names[m], measure_names[m]);
  fprintf(stream, ",seconds,peak_memory_mb");
  const SnPaperTable *table = sn_study_table(study);
  int methods = table ? table->method_count : 0;
  for (int m = 0; m < methods; m++) fprintf(stream, ",%s image,%s pixel", table->methods[m], table->methods[m]);
  fprintf(stream, "\n");
  int64_t count = sn_table1_rows(study, rows);
  for (int64_t r = 0; r < count; r++) {
    char name[SN_TABLE1_NAME];
    int64_t category = rows[r].category;
    sn_write_csv_field(stream, sn_table1_name(study, rows[r], name));
    if (category >= 0)
      fprintf(stream, ",%" PRId64 ",%" PRId64, study->categories[category].train_images,
              study->categories[category].test_images);
    else
      fprintf(stream, ",,");
    for (int m = 0; m < SN_MEASURES; m++) {
      SnSpread mean = sn_study_mean(study, 0, category, rows[r].group, (SnMeasure)m);
      if (m == 0) fprintf(stream, ",%" PRId64, mean.count);
      sn_write_csv_number(stream, mean.mean);
      sn_write_csv_number(stream, mean.deviation);
    }
    write_costs(stream, study, category);
    for (int m = 0; m < methods; m++) {
      SnPaperScore score = sn_table1_paper(study, rows[r], m);
      sn_write_csv_number(stream, score.image);
      sn_write_csv_number(stream, score.pixel);
    }
    fprintf(stream, "\n");
  }
  return sn_file_commit(&writer);
}

static void print_score(FILE *stream, SnPaperScore score, int decimals) {
  char text[SN_SCORE_TEXT];
  sn_paper_score_text(score, decimals, text);
  fprintf(stream, " | %s", text[0] ? text : "-");
}

static void print_ours(FILE *stream, const SnStudy *study) {
  SnTable1Row *rows = sn_scope_allocate(study->category_count + SN_TABLE1_MAX_MEANS, sizeof *rows, NULL);
  bool published = sn_study_table(study) != NULL;
  if (!rows) return;
  fprintf(stream, "| | last epoch: image | pixel | AU-PRO | best on test: image | pixel |");
  if (published) fprintf(stream, " the paper's %s |", sn_study_method(study)->title);
  fprintf(stream, "\n| --- | ---: | ---: | ---: | ---: | ---: |%s\n", published ? " ---: |" : "");
  int64_t count = sn_table1_rows(study, rows);
  for (int64_t r = 0; r < count; r++) {
    char name[SN_TABLE1_NAME], text[SN_SPREAD_TEXT];
    fprintf(stream, "| ");
    sn_write_markdown_text(stream, sn_table1_name(study, rows[r], name));
    for (int m = 0; m < SN_MEASURES; m++)
      fprintf(stream, " | %s",
              sn_spread_text(sn_study_mean(study, 0, rows[r].category, rows[r].group, (SnMeasure)m), 2, text));
    if (published) print_score(stream, sn_table1_own(study, rows[r]), 1);
    fprintf(stream, " |\n");
  }
}

static void print_papers_means(FILE *stream, const SnPaperTable *table, SnMvtecGroup group) {
  fprintf(stream, "| **mean of %s**, as printed", sn_mvtec_groups[group]);
  for (int m = 0; m < table->method_count; m++) print_score(stream, sn_published_mean(table, group, m), 1);
  fprintf(stream, " |\n| mean of %s, of the rows", sn_mvtec_groups[group]);
  for (int m = 0; m < table->method_count; m++) print_score(stream, sn_mean_of_published(table, group, m), 2);
  fprintf(stream, " |\n");
}

static void print_papers(FILE *stream, const SnPaperTable *table) {
  fprintf(stream, "\n## The paper's table 1\n\n| image / pixel AUROC");
  for (int m = 0; m < table->method_count; m++) fprintf(stream, " | %s", table->methods[m]);
  fprintf(stream, " |\n| ---");
  for (int m = 0; m < table->method_count; m++) fprintf(stream, " | ---:");
  fprintf(stream, " |\n");
  for (int i = 0; i < SN_MVTEC_CATEGORIES; i++) {
    const SnMvtecCategory *category = &sn_mvtec_categories[i];
    fprintf(stream, "| %s", category->name);
    for (int m = 0; m < table->method_count; m++) print_score(stream, sn_published_score(table, i, m), 1);
    fprintf(stream, " |\n");
    if (i + 1 == SN_MVTEC_CATEGORIES || category[1].group != category->group)
      print_papers_means(stream, table, category->group);
  }
  print_papers_means(stream, table, SN_MVTEC_ALL);
}

bool sn_write_table1_markdown(const char *path, const SnStudy *study) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  const SnPaperTable *table = sn_study_table(study);
  char *summary = sn_study_summary(study);
  fprintf(writer.stream, "# %s\n\n", study->title);
  sn_write_markdown_text(writer.stream, summary ? summary : "");
  fprintf(writer.stream, ", seeds");
  free(summary);
  for (int64_t s = 0; s < study->seed_count; s++)
    fprintf(writer.stream, "%s %" PRId64, s > 0 ? "," : "", study->seeds[s]);
  fprintf(
      writer.stream,
      ". AUROC and AU-PRO in percent; mean and standard deviation over the seeds. \"Best on test\" is the\nepoch, of "
      "every %" PRId64 "th and the last, with the best image AUROC on the test set%s.\n%s\n",
      study->eval_every,
      sn_study_paper(study) && sn_study_paper(study)->selects_by_test ? ", as the released code selects" : "",
      table ? "The paper's numbers stand where the images are MVTec AD's.\n" : "");
  print_ours(writer.stream, study);
  if (table) print_papers(writer.stream, table);
  return sn_file_commit(&writer);
}
