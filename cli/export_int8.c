#include "cli/export_int8.h"

#include <string.h>

#include "anomaly/quantizing.h"
#include "anomaly/view.h"
#include "base/print.h"
#include "cli/messages.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "datasets/loader.h"

/* Photograph i of so many that are taken, of all evenly. */
static const SnSample *taken(const SnSamples *all, int64_t count, int64_t i) {
  return &all->items[i * all->count / count];
}

/* [count,3,height,width] in the innermost scope; NULL with an error, or without one when interrupted. */
static float *load(const SnModel *model, const SnSamples *photographs) {
  int64_t numbers = 3 * sn_size_pixels(model->settings.view.crop), done = 0;
  SnLoaderOptions options = {.load = sn_load_options(&model->settings), .batch_size = 1};
  float *images = sn_scope_allocate(photographs->count * numbers, sizeof *images, NULL);
  SnProgressBar bar = sn_progress_begin("photographs");
  SnLoader *loader = images ? sn_loader_open(NULL, photographs, &options) : NULL;
  for (SnBatch batch; loader && !sn_interrupted() && sn_loader_next(loader, &batch); done++) {
    memcpy(images + done * numbers, batch.images, (size_t)numbers * sizeof *images);
    sn_progress_show(&bar, done + 1, photographs->count);
  }
  sn_progress_clear(&bar);
  if (loader) sn_print_facts(sn_loader_facts(loader), &model->settings.view);
  sn_loader_close(loader);
  return sn_ok() && done == photographs->count ? images : NULL;
}

static void print_rules(const SnQuantizing *quantizing, const SnLayerRanges *ranges, int64_t count) {
  sn_print(
      "int8: %d convolutions of the backbone, by %d good photographs; score maps of %d others against float32's,\n"
      "mean difference in standard deviations:\n",
      (int)ranges->count, (int)(count - sn_quantizing_held_out(quantizing)), (int)sn_quantizing_held_out(quantizing));
  for (int rule = 0; rule < SN_RANGE_RULE_COUNT; rule++)
    sn_print("  %-18s %.4f%s\n", sn_range_rule_name((SnRangeRule)rule),
             sn_quantizing_difference(quantizing, (SnRangeRule)rule),
             rule == (int)sn_quantizing_rule(quantizing) ? "  taken" : "");
}

static bool quantize(SnModel *model, const SnSamples *photographs) {
  const float *images = load(model, photographs);
  if (!images) return false;
  SnProgressBar bar = sn_progress_begin("int8");
  SnQuantizing *quantizing = sn_quantizing_new(model, images, photographs->count);
  while (quantizing && !sn_interrupted() && sn_quantizing_next(quantizing)) {
    SnQuantizingProgress progress = sn_quantizing_progress(quantizing);
    sn_progress_show(&bar, progress.done, progress.total);
  }
  sn_progress_clear(&bar);
  if (!sn_ok() || sn_interrupted()) return false;
  print_rules(quantizing, &model->ranges, photographs->count);
  return true;
}

bool sn_quantize_model(SnModel *model, const SnSamples *photographs) {
  int64_t count = photographs->count < SN_QUANTIZING_MOST ? photographs->count : SN_QUANTIZING_MOST;
  SnSamples some = {0};
  if (count < SN_QUANTIZING_LEAST)
    return sn_fail("--calibration: expected at least %d photographs, found %d", SN_QUANTIZING_LEAST, (int)count);
  for (int64_t i = 0; i < count && sn_ok(); i++)
    sn_samples_append(&some, taken(photographs, count, i)->path, -1, SN_GOOD, "good");
  bool done = sn_ok() && quantize(model, &some);
  sn_samples_free(&some);
  return done;
}
