#include "cli/messages.h"

#include <stdio.h>
#include <stdlib.h>

#include "anomaly/view.h"
#include "base/error.h"
#include "base/number.h"
#include "base/print.h"
#include "cli/terminal.h"
#include "datasets/image.h"
#include "datasets/transform.h"

void sn_print_metric(const char *name, SnMetric metric) {
  if (metric.reason)
    sn_print("%s not available", name);
  else
    sn_print("%s %.4f", name, metric.value);
}

void sn_print_skipped(const SnNames *skipped) {
  for (int64_t i = 0; i < skipped->count; i++) sn_message("skipped: %s\n", skipped->items[i]);
}

void sn_print_left_out(const SnLeftOut *left_out) {
  SnError pending = sn_error_take(); /* what is left out may be why it failed */
  for (int reason = 0; reason < SN_LEFT_OUT_REASONS; reason++) {
    char *text = sn_left_out_text(left_out, (SnLeftOutReason)reason);
    if (text) sn_message("left out: %s\n", text);
    free(text);
  }
  sn_error_raise(&pending);
}

static void warn(char *text) {
  if (text) sn_message("warning: %s\n", text);
  free(text);
}

void sn_print_facts(const SnFacts *facts, const SnViewSettings *view) {
  SnImageOptions options = sn_view_image_options(view);
  warn(sn_facts_orientation_text(facts, &options));
  warn(sn_facts_bits_text(facts, &options));
  warn(sn_facts_masks_text(facts));
}

static void print_row(const char *name, SnMetric image, SnMetric pixel) {
  char texts[2][16];
  SnMetric metrics[2] = {image, pixel};
  for (int i = 0; i < 2; i++) {
    if (metrics[i].reason)
      sn_snprintf(texts[i], sizeof texts[i], "n/a");
    else
      sn_snprintf(texts[i], sizeof texts[i], "%.4f", metrics[i].value);
  }
  sn_print("  %-18s %8s %8s\n", name, texts[0], texts[1]);
}

/* Exactly, since it may be copied to --threshold. */
static void print_threshold(const char *name, SnMetric threshold) {
  char text[SN_NUMBER_TEXT];
  if (!threshold.reason) sn_print("  %-18s %17s\n", name, sn_number_text(threshold.value, text));
}

void sn_print_evaluation(const SnEvaluation *evaluation) {
  sn_print("  %-18s %8s %8s\n", "", "image", "pixel");
  print_row("AUROC", evaluation->image_auroc, evaluation->pixel_auroc);
  print_row("average precision", evaluation->image_ap, evaluation->pixel_ap);
  print_row("F1-max", evaluation->image_f1_max, evaluation->pixel_f1_max);
  if (evaluation->au_pro.reason)
    sn_print("  %-18s %17s\n", "AU-PRO (0.3)", "n/a");
  else
    sn_print("  %-18s %17.4f\n", "AU-PRO (0.3)", evaluation->au_pro.value);
  print_threshold("threshold, image", evaluation->image_f1_threshold);
  print_threshold("threshold, pixel", evaluation->pixel_f1_threshold);
  if (evaluation->image_auroc.reason) sn_print("  n/a, image: %s\n", evaluation->image_auroc.reason);
  if (evaluation->pixel_auroc.reason) sn_print("  n/a, pixel: %s\n", evaluation->pixel_auroc.reason);
}

void sn_warn_of_crop(const SnViewSettings *view, const SnSamples *samples) {
  SnImageOptions options = sn_view_image_options(view);
  SnTransform transform = sn_view_transform(view);
  int64_t width, height;
  if (samples->count == 0 || samples->items[0].record >= 0) return;
  if (!sn_image_read_size(samples->items[0].path, &options, &width, &height)) {
    sn_clear_error(); /* the loader will say so */
    return;
  }
  if (sn_transform_padded_share(&transform, width, height) >= 0.01)
    sn_message("warning: %.0f %% of what the crop looks at is black, as a photograph of %lld x %lld does not fill it\n",
               100 * sn_transform_padded_share(&transform, width, height), (long long)width, (long long)height);
  if (sn_transform_discards(&transform, width, height))
    sn_message(
        "warning: the centre crop leaves out %.0f %% of a photograph of %lld x %lld; --fit squash looks at all of it, "
        "and --crop takes HEIGHTxWIDTH\n",
        100 * sn_transform_discarded_share(&transform, width, height), (long long)width, (long long)height);
}
