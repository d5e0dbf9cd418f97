#define _GNU_SOURCE /* fopencookie */
#include "cli/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "base/number.h"
#include "cli/terminal.h"
#include "models/backbones/embedded.h"

void sn_add_plan_options(SnOption *options, int *count, SnPlanTexts *texts) {
  options[(*count)++] =
      (SnOption){.name = "plan",
                 .help = "the steps in which a backbone and an untrained head are run, from images to maps and scores",
                 .present = &texts->wanted};
  options[(*count)++] = (SnOption){.name = "weights",
                                   .argument = "FILE",
                                   .help = "with --plan: the backbone's weights (random ones)",
                                   .text = &texts->weights};
  options[(*count)++] =
      (SnOption){.name = "images", .argument = "N", .help = "with --plan: images at once (1)", .text = &texts->images};
  options[(*count)++] = (SnOption){
      .name = "profile", .help = "with --plan: time every step, the median of 20 runs", .present = &texts->profile};
  sn_add_device_options(options, count, &texts->device);
  sn_add_tuned_option(options, count, &texts->device);
  sn_add_setting_options(options, count, &texts->settings);
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

int sn_print_plan(const SnPlanTexts *texts) {
  SnSettings settings;
  int64_t images = 1;
  if (!sn_use_device(&texts->device) || !sn_read_settings(&texts->settings, &settings) ||
      (texts->images && !sn_parse_integer("--images", texts->images, 1, 1024, &images)))
    return sn_report_misuse();
  SnSize crop = settings.view.crop;
  int64_t pixels = sn_size_pixels(crop);
  bool has_weights = texts->weights || sn_backbone_is_embedded(settings.features.backbone);
  SnModel *model = has_weights ? sn_model_new(&settings, texts->weights) : sn_model_new_random(&settings);
  SnScorer *scorer = model ? sn_scorer_new(model, SN_SCORER_IMAGES) : NULL;
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
