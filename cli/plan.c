#define _GNU_SOURCE /* fopencookie */
#include "cli/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "base/number.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "models/backbones/embedded.h"

void sn_add_plan_options(SnOption *options, int *count, SnPlanTexts *texts) {
  options[(*count)++] = (SnOption){
      .name = "plan",
      .help =
          "the steps from images to maps and scores: of the model in FILE, or of a backbone and an untrained "
          "head",
      .present = &texts->wanted};
  options[(*count)++] = (SnOption){.name = "weights",
                                   .argument = "FILE",
                                   .help = "with --plan: the backbone's weights (random ones)",
                                   .text = &texts->weights};
  options[(*count)++] =
      (SnOption){.name = "images", .argument = "N", .help = "with --plan: images at once (1)", .text = &texts->images};
  options[(*count)++] = (SnOption){
      .name = "profile", .help = "with --plan: time every step, the median of 20 runs", .present = &texts->profile};
  texts->device.of_detector = true;
  sn_add_device_options(options, count, &texts->device);
  sn_add_tuned_option(options, count, &texts->device);
  sn_add_setting_options(options, count, &texts->settings);
}

const char *sn_plan_option_given(const SnPlanTexts *texts) {
  const SnDeviceTexts *device = &texts->device;
  if (texts->weights) return "weights";
  if (texts->images) return "images";
  if (texts->profile) return "profile";
  if (device->threads) return "threads";
  if (device->device) return "device";
  if (device->precision) return "precision";
  return device->tuned ? "tuned" : NULL;
}

static ssize_t print_bytes(void *cookie, const char *bytes, size_t size) {
  (void)cookie;
  for (size_t i = 0; i < size;) {
    const char *end = memchr(bytes + i, '\n', size - i);
    size_t length = end ? (size_t)(end - bytes) - i : size - i;
    sn_print("%.*s", (int)length, bytes + i);
    if (end) sn_print("\n");
    i += length + (end != NULL);
  }
  return (ssize_t)size;
}

/* The plan's table is written to a stream, which hands it on to the terminal. */
static bool print_plan(const SnPlan *plan, const double *seconds) {
  FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = print_bytes});
  if (!stream) return sn_fail("out of memory for the plan's table");
  sn_plan_print(plan, stream, seconds);
  fclose(stream);
  return sn_ok();
}

static bool print_profile(SnPlan *plan, SnTensor *images) {
  enum { ROUNDS = 20 };
  double *seconds = sn_scope_allocate(sn_plan_summary(plan).planned.steps, sizeof *seconds, NULL);
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
  for (int i = 0; i < sn_plan_output_count(plan) && sn_ok(); i++) outputs[i] = sn_plan_new_output(plan, i);
  if (!seconds || !sn_plan_profile(plan, &images, outputs, ROUNDS, seconds)) return false;
  return print_plan(plan, seconds);
}

/* A model with an untrained head. */
static SnModel *make_model(const SnSettings *settings, const char *weights) {
  bool has_weights = weights || sn_backbone_is_embedded(settings->features.backbone);
  return has_weights ? sn_model_new(settings, weights) : sn_model_new_random(settings);
}

int sn_print_plan(const SnPlanTexts *texts, const char *file) {
  SnSettings settings;
  int64_t images = 1;
  SnDeviceTexts device = texts->device;
  device.of_detector = file != NULL;
  if (!sn_use_device(&device) || (!file && !sn_read_settings(&texts->settings, &settings)) ||
      (texts->images && !sn_parse_integer("--images", texts->images, 1, 1024, &images)))
    return sn_report_misuse();
  SnModelTexts saved = {file, texts->weights, texts->settings, &device, false};
  SnModel *model = file ? sn_open_model(&saved) : make_model(&settings, texts->weights);
  if (!model) return sn_report_error();
  SnSize crop = model->settings.view.crop;
  int64_t pixels = sn_size_pixels(crop);
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  SnTensor *input =
      sn_uniform(SN_FLOAT32, SN_SHAPE(images, 3, crop.height, crop.width), -2, 2, sn_random(0, SN_STREAM_DATA, 0));
  float *maps = sn_scope_allocate(images * pixels, sizeof *maps, NULL);
  float *scores = sn_scope_allocate(images, sizeof *scores, NULL);
  if (sn_ok() && sn_scorer_run(scorer, 1, &input, maps, scores)) {
    if (texts->profile)
      print_profile(sn_scorer_plan(scorer), input);
    else
      print_plan(sn_scorer_plan(scorer), NULL);
  }
  return sn_ok() ? SN_EXIT_OK : sn_report_error();
}
