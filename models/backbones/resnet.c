#include "models/backbones/resnet.h"

#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/backbones/family.h"
#include "nn/init.h"

/* clang-format off */
const SnResNetSpec sn_resnet_specs[] = {
    /* name            bottleneck  blocks      stem groups group_width */
    {"resnet18",         false, {2, 2, 2, 2},  64,  1,  64},
    {"resnet34",         false, {3, 4, 6, 3},  64,  1,  64},
    {"resnet50",         true,  {3, 4, 6, 3},  64,  1,  64},
    {"resnet101",        true,  {3, 4, 23, 3}, 64,  1,  64},
    {"resnet152",        true,  {3, 8, 36, 3}, 64,  1,  64},
    {"wide_resnet50_2",  true,  {3, 4, 6, 3},  64,  1,  128},
    {"wide_resnet101_2", true,  {3, 4, 23, 3}, 64,  1,  128},
    {"resnext50_32x4d",  true,  {3, 4, 6, 3},  64,  32, 4},
    {"embedded",         false, {1, 1, 1, 0},  48,  1,  64},
};
/* clang-format on */
const int sn_resnet_count = (int)(sizeof sn_resnet_specs / sizeof *sn_resnet_specs);

enum { EXPANSION = 4 };

struct SnResidualBlock {
  SnModule module;
  int count; /* convolutions: 2, or 3 in a bottleneck */
  SnConvolution *conv[3];
  SnBatchNorm *bn[3];
  SnModule downsample; /* the shortcut's own 1x1 convolution, where shapes differ */
  SnConvolution *downsample_conv;
  SnBatchNorm *downsample_bn;
};

static SnConvolution *convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t groups,
                                  SnGenerator *generator) {
  int64_t padding = kernel / 2;
  SnConv2d options = {.stride = {stride, stride}, .padding = {padding, padding}, .groups = groups};
  SnConvolution *layer = sn_conv2d_new(in, out, kernel, options, false, generator);
  return layer && sn_init_kaiming_normal(layer->weight, 0, SN_FAN_OUT, generator) ? layer : NULL;
}

static void add_convolution(SnResidualBlock *block, int64_t in, int64_t out, int64_t kernel, int64_t stride,
                            int64_t groups, SnGenerator *generator) {
  int i = block->count++;
  char name[16];
  block->conv[i] = convolution(in, out, kernel, stride, groups, generator);
  block->bn[i] = sn_batch_norm_new(out, generator);
  if (!sn_ok()) return;
  snprintf(name, sizeof name, "conv%d", i + 1);
  sn_module_add(&block->module, name, &block->conv[i]->module);
  snprintf(name, sizeof name, "bn%d", i + 1);
  sn_module_add(&block->module, name, &block->bn[i]->module);
}

static SnResidualBlock *new_block(const SnResNetSpec *spec, int64_t in, int64_t planes, int64_t stride,
                                  SnGenerator *generator) {
  SnResidualBlock *block = sn_scope_allocate(1, sizeof *block, NULL);
  if (!block) return NULL;
  int64_t out = spec->bottleneck ? EXPANSION * planes : planes;
  if (spec->bottleneck) {
    int64_t width = planes * spec->group_width / 64 * spec->groups;
    add_convolution(block, in, width, 1, 1, 1, generator);
    add_convolution(block, width, width, 3, stride, spec->groups, generator);
    add_convolution(block, width, out, 1, 1, 1, generator);
  } else {
    add_convolution(block, in, planes, 3, stride, 1, generator);
    add_convolution(block, planes, planes, 3, 1, 1, generator);
  }
  if (stride != 1 || in != out) {
    block->downsample_conv = convolution(in, out, 1, stride, 1, generator);
    block->downsample_bn = sn_batch_norm_new(out, generator);
    if (!sn_ok()) return NULL;
    sn_module_add(&block->downsample, "0", &block->downsample_conv->module);
    sn_module_add(&block->downsample, "1", &block->downsample_bn->module);
    sn_module_add(&block->module, "downsample", &block->downsample);
  }
  return sn_ok() ? block : NULL;
}

/* relu(x's shortcut + the convolutions of x), with a ReLU after every convolution but the last. */
static SnTensor *forward_block(const SnResidualBlock *block, SnTensor *x) {
  SnTensor *y = x, *shortcut = x;
  for (int i = 0; i < block->count; i++) {
    y = sn_batch_norm_forward(block->bn[i], sn_conv2d_forward(block->conv[i], y));
    if (i + 1 < block->count) y = sn_relu(y);
  }
  if (block->downsample_conv)
    shortcut = sn_batch_norm_forward(block->downsample_bn, sn_conv2d_forward(block->downsample_conv, x));
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
  SnTensor *x = sn_relu(sn_batch_norm_forward(network->bn1, sn_conv2d_forward(network->conv1, images)));
  x = sn_max_pool2d(x, pool);
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
  network->conv1 = convolution(3, spec->stem, 7, 2, 1, generator);
  network->bn1 = sn_batch_norm_new(spec->stem, generator);
  if (!sn_ok()) return NULL;
  SnModule *module = &network->backbone.module;
  sn_module_add(module, "conv1", &network->conv1->module);
  sn_module_add(module, "bn1", &network->bn1->module);
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
