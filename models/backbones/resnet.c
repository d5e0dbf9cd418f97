#include "models/backbones/resnet.h"

#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/backbones/family.h"

/* clang-format off */
const SnResNetSpec sn_resnet_specs[] = {
    /* name            bottleneck  blocks      stem groups width  stride_first */
    {"resnet18",         false, {2, 2, 2, 2},  64,  1,  64,  false},
    {"resnet34",         false, {3, 4, 6, 3},  64,  1,  64,  false},
    {"resnet50",         true,  {3, 4, 6, 3},  64,  1,  64,  false},
    {"resnet101",        true,  {3, 4, 23, 3}, 64,  1,  64,  false},
    {"resnet152",        true,  {3, 8, 36, 3}, 64,  1,  64,  false},
    {"wide_resnet50_2",  true,  {3, 4, 6, 3},  64,  1,  128, false},
    {"wide_resnet101_2", true,  {3, 4, 23, 3}, 64,  1,  128, false},
    {"resnext50_32x4d",  true,  {3, 4, 6, 3},  64,  32, 4,   false},
    {"resnet50_v1",      true,  {3, 4, 6, 3},  64,  1,  64,  true},
    {"resnet101_v1",     true,  {3, 4, 23, 3}, 64,  1,  64,  true},
    {"resnet152_v1",     true,  {3, 8, 36, 3}, 64,  1,  64,  true},
    {"embedded",         false, {1, 1, 1, 0},  48,  1,  64,  false},
};
/* clang-format on */
const int sn_resnet_count = (int)(sizeof sn_resnet_specs / sizeof *sn_resnet_specs);

enum { EXPANSION = 4 };

struct SnResidualBlock {
  SnModule module;
  int count; /* units: 2, or 3 in a bottleneck */
  SnConvolutionUnit units[3];
  SnModule downsample; /* the shortcut's own 1x1 convolution, where shapes differ */
  SnConvolutionUnit shortcut;
};

/* With a ReLU, except after the block's last, which the shortcut is added to first. */
static void add_unit(SnResidualBlock *block, SnConvolutionShape shape, bool is_last, SnGenerator *generator) {
  int i = block->count++;
  char conv[16], bn[16];
  snprintf(conv, sizeof conv, "conv%d", i + 1);
  snprintf(bn, sizeof bn, "bn%d", i + 1);
  block->units[i] = sn_convolution_unit(&block->module, conv, bn, shape, is_last ? NULL : sn_relu, generator);
}

static SnResidualBlock *new_block(const SnResNetSpec *spec, int64_t in, int64_t planes, int64_t stride,
                                  SnGenerator *generator) {
  SnResidualBlock *block = sn_scope_allocate(1, sizeof *block, NULL);
  if (!block) return NULL;
  int64_t out = spec->bottleneck ? EXPANSION * planes : planes;
  if (spec->bottleneck) {
    int64_t width = planes * spec->group_width / 64 * spec->groups;
    int64_t first = spec->stride_first ? stride : 1, second = spec->stride_first ? 1 : stride;
    add_unit(block, (SnConvolutionShape){in, width, .kernel = 1, .stride = first}, false, generator);
    add_unit(block, (SnConvolutionShape){width, width, .kernel = 3, .stride = second, .groups = spec->groups}, false,
             generator);
    add_unit(block, (SnConvolutionShape){width, out, .kernel = 1}, true, generator);
  } else {
    add_unit(block, (SnConvolutionShape){in, planes, .kernel = 3, .stride = stride}, false, generator);
    add_unit(block, (SnConvolutionShape){planes, planes, .kernel = 3}, true, generator);
  }
  if (stride != 1 || in != out) {
    block->shortcut = sn_convolution_unit(
        &block->downsample, "0", "1", (SnConvolutionShape){in, out, .kernel = 1, .stride = stride}, NULL, generator);
    sn_module_add(&block->module, "downsample", &block->downsample);
  }
  return sn_ok() ? block : NULL;
}

/* relu(x's shortcut + the units of x) */
static SnTensor *forward_block(const SnResidualBlock *block, SnTensor *x) {
  SnTensor *y = x, *shortcut = x;
  for (int i = 0; i < block->count; i++) y = sn_convolution_unit_forward(&block->units[i], y);
  if (block->shortcut.conv) shortcut = sn_convolution_unit_forward(&block->shortcut, x);
  return sn_relu(sn_add(y, shortcut));
}

static int64_t channels_of(const SnResNetSpec *spec, int layer) {
  return (spec->stem << layer) * (spec->bottleneck ? EXPANSION : 1);
}

static SnLevel level_of(const SnResNetSpec *spec, int layer) {
  static const char *const names[SN_RESNET_LAYERS] = {"layer1", "layer2", "layer3", "layer4"};
  return (SnLevel){.name = names[layer], .channels = channels_of(spec, layer), .stride = (int64_t)4 << layer};
}

static bool forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  SnResNet *network = (SnResNet *)backbone; /* its first member */
  SnPool2d pool = {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}};
  SnTensor *x = sn_max_pool2d(sn_convolution_unit_forward(&network->stem, images), pool);
  int given = 0;
  for (int layer = 0; given < backbone->levels.count; layer++) {
    for (int b = 0; b < network->spec->blocks[layer]; b++) x = forward_block(network->blocks[layer][b], x);
    if (backbone->levels.numbers[given] == layer + 1) levels[given++] = x;
  }
  return sn_ok();
}

static void add_layer(SnResNet *network, int layer, int64_t in, SnGenerator *generator) {
  const SnResNetSpec *spec = network->spec;
  int64_t planes = spec->stem << layer, out = channels_of(spec, layer);
  network->blocks[layer] = sn_scope_allocate(spec->blocks[layer], sizeof(SnResidualBlock *), NULL);
  for (int b = 0; b < spec->blocks[layer] && sn_ok(); b++) {
    SnResidualBlock *block = new_block(spec, b == 0 ? in : out, planes, b == 0 && layer > 0 ? 2 : 1, generator);
    if (!block) return;
    network->blocks[layer][b] = block;
    char name[16];
    snprintf(name, sizeof name, "%d", b);
    sn_module_add(&network->layers[layer], name, &block->module);
  }
  sn_module_add(&network->backbone.module, level_of(spec, layer).name, &network->layers[layer]);
}

static void describe(SnBackbone *backbone, const SnResNetSpec *spec, const SnLevels *levels) {
  static const char *const later[] = {"layer2.", "layer3.", "layer4.", "fc.", NULL};
  backbone->name = spec->name;
  backbone->levels = *levels;
  for (int i = 0; i < levels->count; i++) {
    SnLevel level = level_of(spec, (int)levels->numbers[i] - 1);
    backbone->channels[i] = level.channels;
    backbone->stride[i] = level.stride;
  }
  backbone->forward = forward;
  backbone->beyond = later + levels->numbers[levels->count - 1] - 1;
}

SnResNet *sn_resnet_new(const SnResNetSpec *spec, const SnLevels *levels, int64_t classes, SnGenerator *generator) {
  SnResNet *network = sn_scope_allocate(1, sizeof *network, NULL);
  if (!network) return NULL;
  network->spec = spec;
  describe(&network->backbone, spec, levels);
  SnModule *module = &network->backbone.module;
  network->stem = sn_convolution_unit(
      module, "conv1", "bn1", (SnConvolutionShape){3, spec->stem, .kernel = 7, .stride = 2}, sn_relu, generator);
  int64_t in = spec->stem;
  for (int layer = 0; layer < levels->numbers[levels->count - 1] && sn_ok(); layer++) {
    add_layer(network, layer, in, generator);
    in = channels_of(spec, layer);
  }
  if (classes > 0) network->fc = sn_linear_new(in, classes, true, generator);
  if (network->fc) sn_module_add(module, "fc", &network->fc->module);
  return sn_ok() ? network : NULL;
}

SnTensor *sn_resnet_classify(SnResNet *network, SnTensor *images) {
  if (!sn_ok()) return NULL;
  if (!network->fc) return sn_fail_null("%s was built without a classifier", network->backbone.name);
  SnTensor *levels[SN_MAX_LEVELS];
  if (!sn_backbone_forward(&network->backbone, images, levels)) return NULL;
  SnTensor *deepest = levels[network->backbone.levels.count - 1];
  return sn_linear_forward(network->fc, sn_mean(deepest, SN_DIMS(2, 3), false));
}

/* ---- the family ---- */

static const char *name(int index) { return index < sn_resnet_count ? sn_resnet_specs[index].name : NULL; }

static int level_count(int index) {
  int count = 0;
  while (count < SN_RESNET_LAYERS && sn_resnet_specs[index].blocks[count] > 0) count++;
  return count;
}

static SnLevel level(int index, int64_t number) { return level_of(&sn_resnet_specs[index], (int)number - 1); }

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  SnResNet *network = sn_resnet_new(&sn_resnet_specs[index], levels, 0, generator);
  return network ? &network->backbone : NULL;
}

static bool sets_scale(int index) {
  const char *name = sn_resnet_specs[index].name;
  return strcmp(name, "resnet18") == 0 || strcmp(name, "wide_resnet50_2") == 0;
}

const SnBackboneFamily sn_resnet_family = {.title = "ResNet",
                                           .name = name,
                                           .level_count = level_count,
                                           .level = level,
                                           .create = create,
                                           .sets_scale = sets_scale};
