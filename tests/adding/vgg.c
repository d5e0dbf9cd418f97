/* VGG as torchvision defines it, without its classifier (Simonyan and Zisserman 2015): stages of 3 x 3 convolutions,
 * each with a ReLU, and a maximum over 2 x 2 cells at each stage's end, which is a level. */
#include <stdio.h>

#include "autograd/ops.h"
#include "models/backbones/family.h"
#include "nn/conv2d.h"
#include "nn/init.h"

enum { STAGES = 5, MAX_LAYERS = 16 };

typedef struct Spec {
  const char *name;
  int convolutions[STAGES];
  int64_t width; /* channels of the first stage; doubled at each of the next three */
} Spec;

static const Spec specs[] = {
    {"vgg11", {1, 1, 2, 2, 2}, 64},
    {"vgg16", {2, 2, 3, 3, 3}, 64},
    {"vgg5", {1, 1, 1, 1, 1}, 8}, /* for trying things out */
};
enum { SPECS = sizeof specs / sizeof *specs };

typedef struct Vgg {
  SnBackbone backbone;
  const Spec *spec;
  SnModule features;
  SnConvolution *layers[MAX_LAYERS]; /* of all stages in turn */
} Vgg;

static int64_t channels_of(const Spec *spec, int stage) { return spec->width << (stage < 3 ? stage : 3); }

/* The position in torchvision's `features` of a stage's first convolution: each takes two with its ReLU, and each
 * stage one for its maximum. */
static int position_of(const Spec *spec, int stage) {
  int position = 0;
  for (int s = 0; s < stage; s++) position += 2 * spec->convolutions[s] + 1;
  return position;
}

static SnLevel level(int index, int64_t number) {
  static const char *const names[STAGES] = {"stage1", "stage2", "stage3", "stage4", "stage5"};
  int stage = (int)number - 1;
  return (SnLevel){.name = names[stage], .channels = channels_of(&specs[index], stage), .stride = (int64_t)1 << number};
}

/* Each maximum passes over an odd last row or column. */
static int64_t cells(const SnBackbone *backbone, int i, int64_t pixels) { return pixels / backbone->stride[i]; }

static bool forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  Vgg *network = (Vgg *)backbone; /* its first member */
  SnTensor *x = images;
  int given = 0, layer = 0;
  for (int stage = 0; given < backbone->levels.count; stage++) {
    for (int c = 0; c < network->spec->convolutions[stage]; c++)
      x = sn_relu(sn_conv2d_forward(network->layers[layer++], x));
    x = sn_max_pool2d(x, (SnPool2d){.kernel = {2, 2}, .stride = {2, 2}});
    if (backbone->levels.numbers[given] == stage + 1) levels[given++] = x;
  }
  return sn_ok();
}

static void add_stage(Vgg *network, int stage, int *layer, SnGenerator *generator) {
  const Spec *spec = network->spec;
  int64_t in = stage == 0 ? 3 : channels_of(spec, stage - 1), out = channels_of(spec, stage);
  SnConv2d options = {.stride = {1, 1}, .padding = {1, 1}, .groups = 1};
  for (int c = 0; c < spec->convolutions[stage] && sn_ok(); c++) {
    SnConvolution *convolution = sn_conv2d_new(c == 0 ? in : out, out, 3, options, true, generator);
    if (!convolution || !sn_init_kaiming_normal(convolution->weight, 0, SN_FAN_OUT, generator)) return;
    char name[16];
    snprintf(name, sizeof name, "%d", position_of(spec, stage) + 2 * c);
    sn_module_add(&network->features, name, &convolution->module);
    network->layers[(*layer)++] = convolution;
  }
}

/* What a file of weights holds beyond the deepest level: later convolutions, and the classifier. */
static const char *const *names_beyond(const Spec *spec, int stages) {
  const char **names = sn_scope_allocate(MAX_LAYERS + 2, sizeof *names, NULL);
  int count = 0;
  for (int stage = stages; names && stage < STAGES; stage++)
    for (int c = 0; c < spec->convolutions[stage]; c++) {
      char *name = sn_scope_allocate(24, 1, NULL);
      if (!name) return NULL;
      snprintf(name, 24, "features.%d.", position_of(spec, stage) + 2 * c);
      names[count++] = name;
    }
  if (names) names[count] = "classifier.";
  return names;
}

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  Vgg *network = sn_scope_allocate(1, sizeof *network, NULL);
  if (!network) return NULL;
  int stages = (int)levels->numbers[levels->count - 1];
  network->spec = &specs[index];
  SnBackbone *backbone = &network->backbone;
  backbone->name = specs[index].name;
  backbone->levels = *levels;
  for (int i = 0; i < levels->count; i++) {
    backbone->channels[i] = level(index, levels->numbers[i]).channels;
    backbone->stride[i] = level(index, levels->numbers[i]).stride;
  }
  backbone->cells = cells;
  backbone->forward = forward;
  backbone->beyond = names_beyond(network->spec, stages);
  for (int stage = 0, layer = 0; stage < stages; stage++) add_stage(network, stage, &layer, generator);
  sn_module_add(&backbone->module, "features", &network->features);
  return sn_ok() ? backbone : NULL;
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return STAGES;
}

static SnLevels usual_levels(int index) {
  (void)index;
  return (SnLevels){2, {3, 4}};
}

const SnBackboneFamily sn_vgg_family = {.title = "VGG",
                                        .name = name,
                                        .level_count = level_count,
                                        .level = level,
                                        .usual_levels = usual_levels,
                                        .create = create};
