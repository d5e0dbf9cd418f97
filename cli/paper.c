#include <string.h>

#include "base/memory.h"
#include "cli/study.h"
#include "cli/terminal.h"
#include "studies/figures.h"
#include "studies/one_class_page.h"

static void print_variants(const SnStudy *study) {
  sn_print("\n%-22s %33s   %33s\n", "AUROC in percent", "last epoch: image / pixel", "best on test: image / pixel");
  for (int64_t v = 0; v < study->variant_count; v++) {
    const SnPaperLine *line = sn_study_paper_line(study, v);
    sn_print("%-22s", study->variants[v].label);
    sn_print_means(study, v, -1, SN_MVTEC_ALL);
    if (line) sn_print("   (the paper: %.1f / %.1f)", line->score.image, line->score.pixel);
    sn_print("\n");
  }
}

static void print_classes(const SnStudy *study) {
  char text[SN_SPREAD_TEXT];
  sn_print("\nimage AUROC in percent\n");
  for (int64_t c = 0; c <= study->category_count; c++) {
    int64_t category = c < study->category_count ? c : -1;
    sn_print("%-12s %s\n", category < 0 ? "mean" : study->categories[c].name,
             sn_spread_text(sn_study_mean(study, 0, category, SN_MVTEC_ALL, SN_LAST_IMAGE), 2, text));
  }
  sn_print("(the paper: %g)\n", sn_one_class_paper(study));
}

static const SnPaperStudy *find_study(const SnPaper *paper, const char *name) {
  for (int i = 0; i < paper->study_count; i++)
    if (strcmp(paper->studies[i].name, name) == 0) return &paper->studies[i];
  return NULL;
}

/* "table2|table3|…", in the innermost scope. */
static const char *names_of(const SnPaper *paper) {
  enum { NAME = 32 };
  char *text = sn_scope_allocate(paper->study_count + 1, NAME, NULL);
  for (int i = 0; text && i < paper->study_count; i++) {
    if (i > 0) strcat(text, "|");
    strncat(text, paper->studies[i].name, NAME - 2);
  }
  return text ? text : "";
}

/* What the study sets unless an option says otherwise. */
static bool set_unless_given(const SnPaperStudy *drawn, const SnSettingTexts *texts, SnSettings *settings) {
  for (const char *const *pair = drawn->unless_given; pair && *pair; pair += 2)
    if (!sn_setting_text(texts, pair[0])) sn_settings_set(settings, pair[0], pair[1]);
  return sn_ok();
}

/* The method that --method names, before the options are read: which studies there are follows from it. */
static const SnMethod *method_of(int argc, char **argv) {
  for (int i = 0; i < argc; i++) {
    if (strncmp(argv[i], "--method=", 9) == 0) return sn_method_find(argv[i] + 9);
    if (strcmp(argv[i], "--method") == 0 && i + 1 < argc) return sn_method_find(argv[i + 1]);
  }
  return sn_methods[0];
}

int sn_command_paper(int argc, char **argv) {
  static const SnPaper none = {0};
  const SnMethod *method = method_of(argc, argv);
  if (!method) return sn_report_misuse();
  const SnPaper *paper = method->publication ? method->publication : &none;
  const char *names = method->publication ? names_of(paper) : "STUDY";
  SnStudyTexts texts = {.settings = {.default_preset = "paper"}};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  char *command = sn_command_text("paper", argc, argv);
  const SnPaperStudy *drawn = argc > 0 ? find_study(paper, argv[0]) : NULL;
  const char *without[] = {drawn ? drawn->varied : NULL, NULL};
  sn_add_study_options(options, &count, &texts, without);
  SnUsage usage = {
      "paper", names,
      "Runs one of the paper's tables or figures and sets the results beside the paper's: a page, plots as\n"
      "SVG and tables as CSV. Table 1 is `simplenet benchmark`. An interrupted study goes on with the same\n"
      "command. Table 5 needs CIFAR-10's binary version as --data.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  drawn = positionals == 1 ? find_study(paper, argv[0]) : NULL;
  if (!method->publication) return sn_usage_error(&usage, "%s: its paper's studies are not known here", method->name);
  if (!drawn) return sn_usage_error(&usage, "expected one of %s", names);
  SnVariant base;
  if (!sn_read_study_variant(&texts, &base)) return sn_report_misuse();
  if (!set_unless_given(drawn, &texts.settings, &base.settings) || !sn_read_study_weights(&texts, &base))
    return sn_report_error();
  SnStudy study = {.name = drawn->name,
                   .title = drawn->title,
                   .drawn = drawn,
                   .eval_every = drawn->figure == SN_FIGURE_ONE_CLASS ? 0 : SN_STUDY_EVAL_EVERY,
                   .command = command};
  return sn_run_study(&texts, &base, NULL, &study,
                      drawn->figure == SN_FIGURE_ONE_CLASS ? print_classes : print_variants);
}
