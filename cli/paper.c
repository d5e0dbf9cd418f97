#include "cli/paper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/terminal.h"
#include "studies/record.h"

enum { EVAL_EVERY = 4 }; /* as the released code */

static bool write_all(const SnPaperStudy *paper, const SnStudyRun *run) {
  const SnStudy *study = run->study;
  SnStudyPage page = {study, paper->figure, paper->introduction, paper->axis, paper->paper, paper->paper_count, NULL};
  double *speeds = sn_scope_allocate(study->variant_count, sizeof *speeds, NULL);
  if (paper->figure == SN_FIGURE_SPEED) {
    if (!sn_measure_speeds(run, speeds)) return false;
    page.speeds = speeds;
  }
  char *record = sn_path_join(study->folder, "run.json");
  if (record && sn_write_study_record(record, study) && sn_study_page_write(&page))
    sn_print("\nlook at: %s/report.html\n", study->folder);
  free(record);
  return sn_ok();
}

static void print_variants(const SnPaperStudy *paper, const SnStudy *study) {
  SnStudyPage page = {.study = study, .paper = paper->paper, .paper_count = paper->paper_count};
  sn_print("\n%-22s %33s   %33s\n", "AUROC in percent", "last epoch: image / pixel", "best on test: image / pixel");
  for (int64_t v = 0; v < study->variant_count; v++) {
    static const SnMeasure measures[] = {SN_LAST_IMAGE, SN_LAST_PIXEL, SN_BEST_IMAGE, SN_BEST_PIXEL};
    char text[SN_MEAN_TEXT];
    const SnPaperLine *line = sn_study_paper_line(&page, v);
    sn_print("%-22s", study->variants[v].label);
    for (int m = 0; m < 4; m++) {
      sn_mean_text(sn_study_mean(study, v, -1, SN_PAPER_ALL, measures[m]), text);
      sn_print("%s %*s", m == 2 ? "  " : "", strchr(text, '\xc2') ? 18 : 16, text);
    }
    if (line) sn_print("   (the paper: %.1f / %.1f)", line->score.image, line->score.pixel);
    sn_print("\n");
  }
}

static void write_plot(SnOutputs *outputs, const SnStudy *study, const char *part) {
  char *name = part ? sn_format("%s-%s.svg", study->name, part) : sn_format("%s.svg", study->name);
  sn_outputs_write(outputs, SN_OUTPUT_PLOT, study->folder, name);
  free(name);
}

/* The files of sn_study_page_write. */
static void write_page(SnOutputs *outputs, const SnStudy *study, SnStudyFigure figure) {
  char *table = sn_format("%s.csv", study->name);
  sn_outputs_write(outputs, SN_OUTPUT_VARIANTS, study->folder, table);
  sn_outputs_write(outputs, SN_OUTPUT_TRIALS, study->folder, "trials.csv");
  free(table);
  if (figure == SN_FIGURE_VARIANTS || figure == SN_FIGURE_CURVES) {
    write_plot(outputs, study, "image");
    write_plot(outputs, study, "pixel");
  } else if (figure == SN_FIGURE_SPREAD) {
    for (int64_t c = 0; c < study->category_count; c++) write_plot(outputs, study, study->categories[c].name);
  } else if (figure != SN_FIGURE_EXAMPLES) {
    write_plot(outputs, study, NULL);
  }
}

/* variants: memory for as many as there can be. */
static int run_variants(const SnPaperStudy *paper, const SnStudyTexts *texts, const SnVariant *base,
                        SnVariant *variants, const char *command) {
  SnStudy study = {
      .name = paper->name, .title = paper->title, .variants = variants, .eval_every = EVAL_EVERY, .command = command};
  study.variant_count = paper->variants(texts, base, variants);
  if (study.variant_count == 0 || !sn_open_study(texts, NULL, &study)) return sn_report_error();
  SnOutputs outputs = {0};
  write_page(&outputs, &study, paper->figure);
  SnStudyRun run = {.study = &study,
                    .texts = texts,
                    .outputs = &outputs,
                    .save_models = paper->figure == SN_FIGURE_SPEED,
                    .category_pages = paper->figure == SN_FIGURE_EXAMPLES,
                    .feature_spread = paper->figure == SN_FIGURE_SPREAD};
  int status = sn_run_study(&run);
  if (status == SN_EXIT_INTERRUPTED || !sn_ok()) return status;
  print_variants(paper, &study);
  return write_all(paper, &run) ? status : sn_report_error();
}

static int run_study(const SnPaperStudy *paper, const SnStudyTexts *texts, const SnVariant *base, const char *command) {
  int backbones = 0;
  while (sn_backbone_name(backbones)) backbones++;
  SnScope *scope = sn_scope_open();
  SnVariant *variants = sn_scope_allocate(SN_MAX_VARIANTS + backbones, sizeof *variants, NULL);
  int status = variants ? run_variants(paper, texts, base, variants, command) : sn_report_error();
  sn_scope_close(scope);
  return status;
}

static const SnPaperStudy *find_study(const char *name) {
  for (int i = 0; i < sn_paper_study_count; i++)
    if (strcmp(sn_paper_studies[i].name, name) == 0) return &sn_paper_studies[i];
  return NULL;
}

int sn_command_paper(int argc, char **argv) {
  SnStudyTexts texts = {0};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  char *command = sn_command_text("paper", argc, argv);
  const SnPaperStudy *known = argc > 0 ? find_study(argv[0]) : NULL;
  const char *without[] = {known ? known->varied : NULL, NULL};
  sn_add_study_options(options, &count, &texts, without);
  SnUsage usage = {
      "paper", "table2|table3|table4|table5|figure2|figure4|figure5|figure6|figure7|figure8",
      "Runs one of the paper's tables or figures and sets the results beside the paper's: a page, plots as\n"
      "SVG and tables as CSV. Table 1 is `simplenet benchmark`. An interrupted study goes on with the same\n"
      "command. Table 5 needs CIFAR-10's binary version as --data.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  bool is_table5 = positionals == 1 && strcmp(argv[0], "table5") == 0;
  const SnPaperStudy *paper = positionals == 1 ? find_study(argv[0]) : NULL;
  if (positionals != 1 || (!paper && !is_table5))
    return sn_usage_error(&usage, "expected one of %s", usage.positionals);
  SnVariant base = {.name = "simplenet", .label = "SimpleNet"};
  if (!sn_read_study_settings(&texts, &base.settings)) return sn_report_misuse();
  if (!sn_find_backbone_weights(&texts, base.settings.backbone, &base.weights)) {
    if (sn_ok()) sn_fail("%s: there is no file of weights of %s", texts.weights, base.settings.backbone);
    return sn_report_error();
  }
  return is_table5 ? sn_run_table5(&texts, &base, command) : run_study(paper, &texts, &base, command);
}
