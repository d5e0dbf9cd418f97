#define _GNU_SOURCE /* fopencookie */
#include "cli/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autograd/ops.h"
#include "base/number.h"
#include "cli/terminal.h"
#include "models/backbones/embedded.h"
#include "models/simplenet/local_features.h"
#include "models/simplenet/planned.h"

static const SnOption option_list[] = {
    {.name = "plan",
     .help = "the steps in which a backbone and an untrained head are run, from images to patch scores"},
    {.name = "backbone", .argument = "NAME", .help = "with --plan: the backbone (wide_resnet50_2)"},
    {.name = "weights", .argument = "FILE", .help = "with --plan: its weights (random ones)"},
    {.name = "preset", .argument = "paper|official", .help = "with --plan: whose settings (paper)"},
    {.name = "batch", .argument = "N", .help = "with --plan: images at once (1)"},
    {.name = "profile", .help = "with --plan: time every step, the median of 20 runs"}};

void sn_add_plan_options(SnOption *options, int *count, SnPlanTexts *texts) {
  const char **places[] = {NULL, &texts->backbone, &texts->weights, &texts->preset, &texts->batch, NULL};
  bool *switches[] = {&texts->wanted, NULL, NULL, NULL, NULL, &texts->profile};
  for (size_t i = 0; i < sizeof option_list / sizeof *option_list; i++) {
    SnOption option = option_list[i];
    option.text = places[i];
    option.present = switches[i];
    options[(*count)++] = option;
  }
  sn_add_device_options(options, count, &texts->device);
}

static bool read_settings(const SnPlanTexts *texts, SnSimpleNetSettings *settings, int64_t *batch) {
  if (!sn_settings_preset(texts->preset ? texts->preset : "paper", settings)) return false;
  const char *name = texts->backbone ? texts->backbone : settings->backbone;
  if (strlen(name) >= sizeof settings->backbone) return sn_fail("--backbone: there is no backbone '%.40s'", name);
  memmove(settings->backbone, name, strlen(name) + 1);
  *batch = 1;
  return !texts->batch || sn_parse_integer("--batch", texts->batch, 1, 1024, batch);
}

/* A model that needs no file: the speed does not depend on the weights. */
static SnSimpleNet *random_model(const SnSimpleNetSettings *settings) {
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnLevels levels = sn_settings_levels(settings);
  SnBackbone *backbone = sn_backbone_new(settings->backbone, &levels, &generator);
  SnSimpleNet *model =
      backbone ? sn_simplenet_new_head(settings, sn_local_feature_channels(settings, backbone), SN_FLOAT32) : NULL;
  if (!model) return NULL;
  model->backbone = backbone;
  model->grid = sn_local_feature_grid(settings, backbone);
  return model;
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

static bool print_profile(SnPlan *plan, SnTensor *images, SnTensor *scores) {
  enum { ROUNDS = 20 };
  double *seconds = sn_scope_allocate(sn_plan_summary(plan).planned.steps, sizeof *seconds, NULL);
  if (!seconds || !sn_plan_profile(plan, &images, &scores, ROUNDS, seconds)) return false;
  return print_plan(plan, seconds);
}

int sn_print_plan(const SnPlanTexts *texts) {
  SnSimpleNetSettings settings;
  int64_t batch;
  if (!sn_use_device(&texts->device) || !read_settings(texts, &settings, &batch)) return sn_report_misuse();
  bool from_file = texts->weights || sn_backbone_is_embedded(settings.backbone);
  SnSimpleNet *model = from_file ? sn_simplenet_new(&settings, texts->weights) : random_model(&settings);
  SnPlanned *planned = model ? sn_planned_new(model, SN_PLANNED_SCORES) : NULL;
  SnTensor *images =
      sn_uniform(SN_FLOAT32, SN_SHAPE(batch, 3, settings.crop, settings.crop), -2, 2, sn_random(0, SN_STREAM_DATA, 0));
  SnTensor *scores = planned && images ? sn_planned_scores(planned, images) : NULL;
  if (scores && texts->profile)
    print_profile(sn_planned_plan(planned), images, scores);
  else if (scores)
    print_plan(sn_planned_plan(planned), NULL);
  return sn_ok() ? SN_EXIT_OK : sn_report_error();
}
