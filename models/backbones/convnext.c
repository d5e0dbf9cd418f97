/* ConvNeXt (Liu et al. 2022) under torchvision's names, whose `features` hold a stem, and then blocks and downsampling
 * in turn. A level is a stage of blocks. */
#include <stdio.h>

#include "autograd/ops.h"
#include "models/backbones/family.h"
#include "nn/conv2d.h"
#include "nn/init.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"

enum { STAGES = 4, RATIO = 4, PATCH = 4 };

typedef struct Spec {
  const char *name;
  int blocks[STAGES];
  int64_t width; /* channels of the first stage; doubled at each of the next */
} Spec;

static const Spec specs[] = {
    {"convnext_tiny", {3, 3, 9, 3}, 96},
    {"convnext_small", {3, 3, 27, 3}, 96},
};
enum { SPECS = sizeof specs / sizeof *specs };

typedef struct Block {
  SnModule module, layers;
  SnTensor *scale; /* [C,1,1] */
  SnConvolution *depthwise;
  SnLayerNorm *norm;
  SnLinear *hidden, *out;
} Block;

/* What brings an image, or a stage's map, to the next stage's size: the stem convolves first, the others last. */
typedef struct Down {
  SnModule module;
  SnLayerNorm *norm;
  SnConvolution *convolution;
} Down;

typedef struct ConvNext {
  SnBackbone backbone;
  const Spec *spec;
  SnModule features, stages[STAGES];
  Down downs[STAGES];
  Block **blocks[STAGES];
} ConvNext;

static int64_t channels_of(const Spec *spec, int stage) { return spec->width << stage; }

/* ---- making ---- */

static SnConvolution *convolution(int64_t in, int64_t out, int64_t kernel, SnConv2d options, SnGenerator *generator) {
  SnConvolution *layer = sn_conv2d_new(in, out, kernel, options, true, generator);
  return layer && sn_init_normal(layer->weight, 0, 0.02, generator) ? layer : NULL;
}

static SnLinear *linear(int64_t in, int64_t out, SnGenerator *generator) {
  SnLinear *layer = sn_linear_new(in, out, true, generator);
  return layer && sn_init_normal(layer->weight, 0, 0.02, generator) ? layer : NULL;
}

static Block *new_block(int64_t channels, SnGenerator *generator) {
  Block *block = sn_scope_allocate(1, sizeof *block, NULL);
  if (!block) return NULL;
  block->scale = sn_full(sn_generator_dtype(generator), 1e-6, SN_SHAPE(channels, 1, 1));
  block->depthwise = convolution(channels, channels, 7, (SnConv2d){.padding = {3, 3}, .groups = channels}, generator);
  block->norm = sn_layer_norm_new(channels, 1e-6, generator);
  block->hidden = linear(channels, RATIO * channels, generator);
  block->out = linear(RATIO * channels, channels, generator);
  if (!sn_ok()) return NULL;
  sn_module_add_parameter(&block->module, "layer_scale", block->scale);
  sn_module_add(&block->layers, "0", &block->depthwise->module);
  sn_module_add(&block->layers, "2", &block->norm->module); /* 1, 4 and 6 have no parameters */
  sn_module_add(&block->layers, "3", &block->hidden->module);
  sn_module_add(&block->layers, "5", &block->out->module);
  sn_module_add(&block->module, "block", &block->layers);
  return sn_ok() ? block : NULL;
}

static void add_down(ConvNext *network, int stage, SnGenerator *generator) {
  Down *down = &network->downs[stage];
  int64_t out = channels_of(network->spec, stage), in = stage == 0 ? 3 : out / 2, side = stage == 0 ? PATCH : 2;
  down->norm = sn_layer_norm_new(stage == 0 ? out : in, 1e-6, generator);
  down->convolution = convolution(in, out, side, (SnConv2d){.stride = {side, side}}, generator);
  if (!sn_ok()) return;
  if (stage == 0) sn_module_add(&down->module, "0", &down->convolution->module);
  sn_module_add(&down->module, stage == 0 ? "1" : "0", &down->norm->module);
  if (stage > 0) sn_module_add(&down->module, "1", &down->convolution->module);
  char name[16];
  snprintf(name, sizeof name, "%d", 2 * stage);
  sn_module_add(&network->features, name, &down->module);
}

static void add_stage(ConvNext *network, int stage, SnGenerator *generator) {
  int count = network->spec->blocks[stage];
  char name[16];
  add_down(network, stage, generator);
  network->blocks[stage] = sn_scope_allocate(count, sizeof(Block *), NULL);
  for (int b = 0; b < count && sn_ok(); b++) {
    Block *block = new_block(channels_of(network->spec, stage), generator);
    if (!block) return;
    network->blocks[stage][b] = block;
    snprintf(name, sizeof name, "%d", b);
    sn_module_add(&network->stages[stage], name, &block->module);
  }
  snprintf(name, sizeof name, "%d", 2 * stage + 1);
  sn_module_add(&network->features, name, &network->stages[stage]);
}

/* ---- forward ---- */

static SnTensor *rows_of(SnTensor *map) { return sn_permute(map, SN_DIMS(0, 2, 3, 1)); }
static SnTensor *map_of(SnTensor *rows) { return sn_permute(rows, SN_DIMS(0, 3, 1, 2)); }

static SnTensor *forward_down(const Down *down, int stage, SnTensor *x) {
  if (stage == 0) x = sn_conv2d_forward(down->convolution, x);
  x = map_of(sn_layer_norm_forward(down->norm, rows_of(x)));
  return stage == 0 ? x : sn_conv2d_forward(down->convolution, x);
}

static SnTensor *forward_block(const Block *block, SnTensor *x) {
  SnTensor *y = sn_layer_norm_forward(block->norm, rows_of(sn_conv2d_forward(block->depthwise, x)));
  y = sn_linear_forward(block->out, sn_gelu(sn_linear_forward(block->hidden, y)));
  return sn_add(sn_mul(block->scale, map_of(y)), x);
}

static bool forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  ConvNext *network = (ConvNext *)backbone; /* its first member */
  SnTensor *x = images;
  int given = 0;
  for (int stage = 0; given < backbone->levels.count && sn_ok(); stage++) {
    x = forward_down(&network->downs[stage], stage, x);
    for (int b = 0; b < network->spec->blocks[stage] && sn_ok(); b++) x = forward_block(network->blocks[stage][b], x);
    if (backbone->levels.numbers[given] == stage + 1) levels[given++] = x;
  }
  return sn_ok();
}

/* ---- the family ---- */

static SnLevel level(int index, int64_t number) {
  static const char *const names[STAGES] = {"features.1", "features.3", "features.5", "features.7"};
  int stage = (int)number - 1;
  return (SnLevel){
      .name = names[stage], .channels = channels_of(&specs[index], stage), .stride = (int64_t)PATCH << stage};
}

/* Each convolution of patches passes over an incomplete one. */
static int64_t cells(const SnBackbone *backbone, int i, int64_t pixels) { return pixels / backbone->stride[i]; }

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  static const char *const later[] = {"features.2.", "features.3.", "features.4.", "features.5.",
                                      "features.6.", "features.7.", "classifier.", NULL};
  ConvNext *network = sn_scope_allocate(1, sizeof *network, NULL);
  if (!network) return NULL;
  SnBackbone *backbone = &network->backbone;
  int stages = (int)levels->numbers[levels->count - 1];
  network->spec = &specs[index];
  backbone->name = specs[index].name;
  backbone->levels = *levels;
  for (int i = 0; i < levels->count; i++) {
    backbone->channels[i] = level(index, levels->numbers[i]).channels;
    backbone->stride[i] = level(index, levels->numbers[i]).stride;
  }
  backbone->cells = cells;
  backbone->forward = forward;
  backbone->beyond = later + 2 * (stages - 1);
  for (int stage = 0; stage < stages && sn_ok(); stage++) add_stage(network, stage, generator);
  sn_module_add(&backbone->module, "features", &network->features);
  return sn_ok() ? backbone : NULL;
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return STAGES;
}

const SnBackboneFamily sn_convnext_family = {
    .title = "ConvNeXt", .name = name, .level_count = level_count, .level = level, .create = create};
