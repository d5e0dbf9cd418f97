#include "cli/eval_run.h"

#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/progress.h"
#include "cli/terminal.h"

static SnFeatures *extract(const SnEval *eval, SnModel *model, SnDataset *dataset, SnTruth *truth, SnNames *skipped) {
  SnLargeMemory *memory = sn_limit_features(eval->memory, dataset->test.count, model->settings.view.crop);
  SnExtractionOptions options = {truth, eval->skip_broken ? skipped : NULL, memory};
  SnProgressBar bar = sn_progress_begin("features");
  SnExtraction *extraction = memory ? sn_extraction_new(model, dataset, &dataset->test, &options) : NULL;
  while (!sn_interrupted() && sn_extraction_next(extraction))
    sn_progress_show(&bar, extraction->done, extraction->total);
  SnFeatures *features = sn_extraction_end(extraction);
  sn_progress_clear(&bar);
  if (model->backbone) sn_backbone_release(model->backbone); /* the rest needs the head only */
  return features;
}

SnFeatures *sn_eval_features(const SnEval *eval, SnModel *model, SnDataset *dataset, SnTruth *truth, SnNames *skipped) {
  sn_warn_of_crop(&model->settings.view, &dataset->test);
  sn_catch_interrupts();
  if (!eval->skip_broken) dataset->advice = SN_SKIP_BROKEN_ADVICE;
  SnFeatures *features = extract(eval, model, dataset, truth, skipped);
  sn_print_skipped(skipped);
  if (features) sn_print_facts(&features->facts, &model->settings.view);
  sn_print_spilled_features();
  return features;
}
