#include "cli/study.h"

#include <string.h>

#include "base/temporary_memory.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "studies/run.h"
#include "studies/variants.h"
#include "studies/write.h"

/* ---- how it goes ---- */

static void print_mvtec(const SnStudyPrediction *prediction) {
  char text[SN_DURATION_TEXT];
  sn_print("the complete MVTec AD, %lld images, with one seed", (long long)prediction->mvtec_images);
  if (prediction->mvtec_epochs > 0) sn_print(" and %lld epochs", (long long)prediction->mvtec_epochs);
  sn_print("; predicted: %s\n", sn_duration_text(prediction->mvtec_seconds, text));
}

static void print_prediction(const SnStudy *study, const SnStudyPrediction *prediction) {
  char text[SN_DURATION_TEXT];
  sn_duration_text(prediction->seconds, text);
  sn_print("%s: %lld trainings to do, %d categor%s at a time with %d thread%s each; predicted: %s, %.1f GB at a time\n",
           study->name, (long long)prediction->trials, prediction->jobs, prediction->jobs == 1 ? "y" : "ies",
           prediction->threads, prediction->threads == 1 ? "" : "s", text, prediction->jobs * prediction->memory / 1e9);
  if (prediction->in_files > 0)
    sn_print(
        "features of %lld of %lld categories do not fit in %.1f GB (--memory): they lie in temporary files in %s\n",
        (long long)prediction->in_files, (long long)prediction->items, prediction->item_memory / 1e9,
        sn_temporary_folder());
  if (prediction->mvtec_images > 0) print_mvtec(prediction);
  sn_terminal_flush();
}

static void print_trial(const SnStudy *study, const SnStudyEvent *event) {
  const SnTrialResult *result = sn_study_result(study, event->variant, event->category, event->seed);
  sn_print("%lld/%lld  ", (long long)event->done, (long long)event->total);
  if (study->variant_count > 1) sn_print("%s  ", study->variants[event->variant].label);
  sn_print("%s, seed %lld", study->categories[event->category].name, (long long)study->seeds[event->seed]);
  if (sn_study_is_tested(study))
    sn_print(":  last epoch %.2f / %.2f, best on test %.2f / %.2f (epoch %lld), AU-PRO %.2f, %.1f s, %.0f MB",
             100 * result->image_auroc, 100 * result->pixel_auroc, 100 * result->best_image_auroc,
             100 * result->best_pixel_auroc, (long long)result->best_epoch, 100 * result->au_pro, result->seconds,
             result->peak_memory / 1e6);
  sn_print("\n");
  sn_terminal_flush();
}

static void print_event(const SnStudy *study, const SnStudyEvent *event, SnProgressBar *bar) {
  if (event->kind == SN_STUDY_PROGRESS) {
    if (!bar->label || strcmp(bar->label, event->label) != 0) *bar = sn_progress_begin(event->label);
    sn_progress_show(bar, event->done, event->total);
    return;
  }
  sn_progress_clear(bar);
  if (event->kind == SN_STUDY_PREDICTION) print_prediction(study, &event->prediction);
  if (event->kind == SN_STUDY_TRIAL) print_trial(study, event);
  if (event->kind == SN_STUDY_FAILURE && event->failed) sn_message("simplenet: %s: %s\n", event->failed, event->error);
  if (event->kind == SN_STUDY_FAILURE && !event->failed) sn_message("simplenet: %s\n", event->error);
}

static int run_all(const SnStudyTexts *texts, SnStudy *study) {
  SnStudyOptions options;
  if (!sn_read_study_options(texts, &options)) return sn_report_error();
  sn_catch_interrupts();
  SnStudyRun *run = sn_study_run_new(study, &options);
  SnProgressBar bar = {0};
  for (SnStudyEvent event; sn_study_run_next(run, &event);) print_event(study, &event, &bar);
  sn_progress_clear(&bar);
  if (!sn_ok()) return sn_report_error();
  if (sn_interrupted()) {
    sn_message("simplenet: interrupted; the same command goes on where it stopped\n");
    return SN_EXIT_INTERRUPTED;
  }
  int64_t failed = sn_study_run_failed(run);
  if (failed > 0)
    sn_message("simplenet: %lld categories failed; the same command tries them again\n", (long long)failed);
  return sn_study_run_is_done(run) ? SN_EXIT_OK : SN_EXIT_FAILURE;
}

/* ---- before and after ---- */

static void name_absent(const char *const *expected, const SnStudy *study) {
  int absent = 0, all = 0;
  for (; expected && expected[all]; all++) {
    bool found = false;
    for (int64_t c = 0; c < study->category_count; c++) found |= strcmp(study->categories[c].name, expected[all]) == 0;
    if (!found) sn_message("%s%s", absent++ == 0 ? "not there or not asked for: " : ", ", expected[all]);
  }
  if (absent > 0) sn_message(" (%d of %d)\n", absent, all);
}

static bool open_study(const SnStudyTexts *texts, const SnVariant *base, SnStudy *study) {
  SnNames without_weights = {0};
  sn_study_make_variants(study, base, texts->weights, &without_weights);
  for (int64_t i = 0; i < without_weights.count; i++)
    sn_message("%s%s", i == 0 ? "left out, for want of weights (--weights may be a folder): " : ", ",
               without_weights.items[i]);
  if (without_weights.count > 0) sn_message("\n");
  sn_names_free(&without_weights);
  return sn_ok() && sn_open_study(texts, study);
}

void sn_print_means(const SnStudy *study, int64_t variant, int64_t category, SnMvtecGroup group) {
  static const SnMeasure measures[] = {SN_LAST_IMAGE, SN_LAST_PIXEL, SN_BEST_IMAGE, SN_BEST_PIXEL};
  char text[SN_SPREAD_TEXT];
  for (int m = 0; m < 4; m++) {
    sn_spread_text(sn_study_mean(study, variant, category, group, measures[m]), 2, text);
    int width = strchr(text, '\xc2') ? 18 : 16; /* the sign and the space after it are of two bytes */
    sn_print("%s %*s", m == 2 ? "  " : "", width, text);
  }
}

int sn_run_study(const SnStudyTexts *texts, const SnVariant *base, const char *const *expected, SnStudy *study,
                 void (*print)(const SnStudy *study)) {
  if (!open_study(texts, base, study)) return sn_report_error();
  name_absent(expected, study);
  int status = run_all(texts, study);
  bool all_or_nothing = !sn_study_is_tested(study); /* one pass tests all, so there are no results of a part */
  if (status == SN_EXIT_INTERRUPTED || !sn_ok() || (status != SN_EXIT_OK && all_or_nothing)) return status;
  print(study);
  if (!sn_study_write(study)) return sn_report_error();
  sn_print("\nlook at: %s/report.html\n", study->folder);
  return status;
}
