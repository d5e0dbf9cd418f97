#include <stdlib.h>
#include <string.h>

#include "cli/study.h"
#include "cli/terminal.h"
#include "studies/benchmark_page.h"
#include "studies/record.h"
#include "studies/table1.h"

static void print_table(const SnStudy *study) {
  SnTable1Row *rows = sn_scope_allocate(study->category_count + SN_TABLE1_MAX_MEANS, sizeof *rows, NULL);
  int64_t count = rows ? sn_table1_rows(study, rows) : 0;
  sn_print("\n%-34s %33s   %33s   %s\n%-34s %16s %16s   %16s %16s   %s\n", "", "last epoch", "best on test",
           "the paper", "AUROC in percent", "image", "pixel", "image", "pixel", "image / pixel");
  for (int64_t r = 0; r < count; r++) {
    char name[SN_TABLE1_NAME], text[SN_MEAN_TEXT];
    static const SnMeasure measures[] = {SN_LAST_IMAGE, SN_LAST_PIXEL, SN_BEST_IMAGE, SN_BEST_PIXEL};
    sn_print("%-34s", sn_table1_name(study, rows[r], name));
    for (int m = 0; m < 4; m++) {
      sn_mean_text(sn_study_mean(study, 0, rows[r].category, rows[r].group, measures[m]), text);
      int width = strchr(text, '\xc2') ? 18 : 16; /* the sign and the space after it are of two bytes */
      sn_print("%s %*s", m == 2 ? "  " : "", width, text);
    }
    SnPaperScore paper = sn_table1_paper(study, rows[r], SN_PAPER_SIMPLENET);
    if (paper.image > 0) sn_print("   %.1f / %.1f", paper.image, paper.pixel);
    sn_print("\n");
  }
}

static bool write_all(const SnStudy *study) {
  char *paths[] = {sn_path_join(study->folder, "run.json"), sn_path_join(study->folder, "table1.csv"),
                   sn_path_join(study->folder, "table1.md"), sn_path_join(study->folder, "report.html")};
  if (sn_ok() && sn_write_study_record(paths[0], study) && sn_write_table1_csv(paths[1], study) &&
      sn_write_table1_markdown(paths[2], study) && sn_run_page_write(study, paths[3]))
    sn_print("\nlook at: %s\n", paths[3]);
  for (int i = 0; i < 4; i++) free(paths[i]);
  return sn_ok();
}

int sn_command_benchmark(int argc, char **argv) {
  SnStudyTexts texts = {0};
  SnOption options[SN_MAX_OPTIONS];
  SnVariant variant = {.name = "simplenet", .label = "SimpleNet"};
  const char *expected[SN_PAPER_CATEGORIES + 1] = {NULL};
  int count = 0, positionals;
  sn_add_study_options(options, &count, &texts, NULL);
  SnUsage usage = {
      "benchmark", "",
      "Trains and tests on every category with every seed, and sets the results beside the paper's table 1:\n"
      "after the last epoch, and in the epoch that is best on the test set, as the released code selects.\n"
      "An interrupted benchmark goes on with the same command.",
      options, count};
  char *command = sn_command_text("benchmark", argc, argv);
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  for (int i = 0; i < SN_PAPER_CATEGORIES; i++) expected[i] = sn_paper_categories[i].name;
  SnStudy study = {.name = "benchmark",
                   .title = "SimpleNet, category by category",
                   .variants = &variant,
                   .variant_count = 1,
                   .eval_every = 4,
                   .command = command};
  if (!sn_read_study_settings(&texts, &variant.settings)) return sn_report_misuse();
  if (!sn_find_backbone_weights(&texts, variant.settings.backbone, &variant.weights)) {
    if (sn_ok()) sn_fail("%s: there is no file of weights of %s", texts.weights, variant.settings.backbone);
    return sn_report_error();
  }
  if (!sn_open_study(&texts, expected, &study)) return sn_report_error();
  for (int64_t c = 0; c < study.category_count; c++)
    if (study.categories[c].is_papers) study.title = "SimpleNet on MVTec AD";
  SnOutputs outputs = {0};
  sn_outputs_write(&outputs, SN_OUTPUT_TABLE1, study.folder, "table1.csv");
  sn_outputs_write(&outputs, SN_OUTPUT_TABLE1_TEXT, study.folder, "table1.md");
  SnStudyRun run = {.study = &study,
                    .texts = &texts,
                    .outputs = &outputs,
                    .tells_mvtec = true,
                    .save_models = true,
                    .category_pages = true};
  status = sn_run_study(&run);
  if (status == SN_EXIT_INTERRUPTED || !sn_ok()) return status;
  print_table(&study);
  return write_all(&study) ? status : sn_report_error();
}
