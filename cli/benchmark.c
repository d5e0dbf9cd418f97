#include "cli/study.h"
#include "cli/terminal.h"
#include "studies/table1.h"

static void print_table(const SnStudy *study) {
  SnTable1Row *rows = sn_scope_allocate(study->category_count + SN_TABLE1_MAX_MEANS, sizeof *rows, NULL);
  int64_t count = rows ? sn_table1_rows(study, rows) : 0;
  bool published = sn_study_table(study) != NULL;
  sn_print("\n%-34s %33s   %33s%s\n", "", "last epoch", "best on test", published ? "   the paper" : "");
  sn_print("%-34s %16s %16s   %16s %16s%s\n", "AUROC in percent", "image", "pixel", "image", "pixel",
           published ? "   image / pixel" : "");
  for (int64_t r = 0; r < count; r++) {
    char name[SN_TABLE1_NAME];
    sn_print("%-34s", sn_table1_name(study, rows[r], name));
    sn_print_means(study, 0, rows[r].category, rows[r].group);
    SnPaperScore paper = sn_table1_own(study, rows[r]);
    if (paper.image > 0) sn_print("   %.1f / %.1f", paper.image, paper.pixel);
    sn_print("\n");
  }
}

int sn_command_benchmark(int argc, char **argv) {
  SnStudyTexts texts = {.settings = {.default_preset = "paper"}};
  SnOption options[SN_MAX_OPTIONS];
  SnVariant variant;
  const char *expected[SN_MVTEC_CATEGORIES + 1] = {NULL};
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
  for (int i = 0; i < SN_MVTEC_CATEGORIES; i++) expected[i] = sn_mvtec_categories[i].name;
  SnStudy study = {.name = "benchmark", .eval_every = SN_STUDY_EVAL_EVERY, .command = command};
  if (!sn_read_study_variant(&texts, &variant)) return sn_report_misuse();
  if (!sn_read_study_weights(&texts, &variant)) return sn_report_error();
  return sn_run_study(&texts, &variant, expected, &study, print_table);
}
