/* DenseNet as torchvision defines it (Huang et al. 2017): in a dense block every layer appends `growth` channels to all
 * that came before; between blocks a transition halves channels and size. The levels are the blocks' outputs. */
#include <stdio.h>

#include "autograd/ops.h"
#include "models/backbones/chain.h"
#include "models/backbones/convolution_unit.h"

enum { BLOCKS = 4, MAX_LAYERS = 64, BOTTLENECK = 4 /* times growth: the channels within a layer */ };

typedef struct Spec {
  const char *name;
  int layers[BLOCKS];
  int64_t stem, growth;
} Spec;

static const Spec specs[] = {
    {"densenet121", {6, 12, 24, 16}, 64, 32},
    {"densenet169", {6, 12, 32, 32}, 64, 32},
    {"densenet201", {6, 12, 48, 32}, 64, 32},
};
enum { SPECS = sizeof specs / sizeof *specs };

/* BatchNorm and ReLU come before the convolution here. */
typedef struct PreactivatedUnit {
  SnBatchNorm *norm;
  SnConvolution *conv;
} PreactivatedUnit;

typedef struct Layer {
  SnModule module;
  PreactivatedUnit units[2];
} Layer;

typedef struct Block {
  int count;
  Layer layers[MAX_LAYERS];
} Block;

static PreactivatedUnit new_unit(SnModule *parent, const char *norm, const char *conv, SnConvolutionShape shape,
                                 SnGenerator *generator) {
  PreactivatedUnit unit = {.norm = sn_batch_norm_new(shape.in, generator)};
  unit.conv = sn_ok() ? sn_kaiming_convolution(shape, generator) : NULL;
  if (!sn_ok()) return (PreactivatedUnit){0};
  sn_module_add(parent, norm, &unit.norm->module);
  sn_module_add(parent, conv, &unit.conv->module);
  return unit;
}

static SnTensor *unit_forward(const PreactivatedUnit *unit, SnTensor *x) {
  return sn_conv2d_forward(unit->conv, sn_relu(sn_batch_norm_forward(unit->norm, x)));
}

static SnTensor *block_forward(const void *part, SnTensor *x) {
  const Block *block = part;
  for (int i = 0; i < block->count; i++) {
    SnTensor *added = unit_forward(&block->layers[i].units[1], unit_forward(&block->layers[i].units[0], x));
    x = sn_cat(2, (SnTensor *[]){x, added}, 1);
  }
  return x;
}

static SnTensor *stem_forward(const void *part, SnTensor *x) {
  return sn_max_pool2d(sn_convolution_unit_forward(part, x),
                       (SnPool2d){.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}});
}

static SnTensor *transition_forward(const void *part, SnTensor *x) {
  return sn_avg_pool2d(unit_forward(part, x), (SnPool2d){.kernel = {2, 2}, .stride = {2, 2}});
}

static void add_stem(SnChain *chain, const Spec *spec, SnGenerator *generator) {
  SnConvolutionUnit *stem = sn_scope_allocate(1, sizeof *stem, NULL);
  if (!stem) return;
  *stem = sn_convolution_unit(sn_chain_module(chain), "features.conv0", "features.norm0",
                              (SnConvolutionShape){3, spec->stem, .kernel = 7, .stride = 2}, sn_relu, generator);
  sn_chain_add(chain, "features.pool0", stem_forward, stem);
}

static void add_block(SnChain *chain, const Spec *spec, int number, int64_t in, SnGenerator *generator) {
  SnPartName name = sn_part_name("features.denseblock", number);
  SnModule *module = sn_chain_part(chain, name.text);
  Block *block = module ? sn_scope_allocate(1, sizeof *block, NULL) : NULL;
  if (!block) return;
  int64_t inner = BOTTLENECK * spec->growth;
  while (block->count < spec->layers[number - 1] && sn_ok()) {
    Layer *layer = &block->layers[block->count++];
    layer->units[0] =
        new_unit(&layer->module, "norm1", "conv1", (SnConvolutionShape){in, inner, .kernel = 1}, generator);
    layer->units[1] =
        new_unit(&layer->module, "norm2", "conv2", (SnConvolutionShape){inner, spec->growth, .kernel = 3}, generator);
    sn_module_add(module, sn_part_name("denselayer", block->count).text, &layer->module);
    in += spec->growth;
  }
  sn_chain_add(chain, name.text, block_forward, block);
}

static void add_transition(SnChain *chain, int number, int64_t in, SnGenerator *generator) {
  SnPartName name = sn_part_name("features.transition", number);
  SnModule *module = sn_chain_part(chain, name.text);
  PreactivatedUnit *unit = module ? sn_scope_allocate(1, sizeof *unit, NULL) : NULL;
  if (!unit) return;
  *unit = new_unit(module, "norm", "conv", (SnConvolutionShape){in, in / 2, .kernel = 1}, generator);
  sn_chain_add(chain, name.text, transition_forward, unit);
}

static int64_t channels_of(const Spec *spec, int number) {
  int64_t in = number == 1 ? spec->stem : channels_of(spec, number - 1) / 2;
  return in + spec->layers[number - 1] * spec->growth;
}

/* The stem rounds up twice, the transitions round down. */
static int64_t cells(const SnBackbone *backbone, int i, int64_t pixels) {
  return (pixels + 3) / 4 / (backbone->stride[i] / 4);
}

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  const Spec *spec = &specs[index];
  SnChain *chain = sn_chain_new(&sn_densenet_family, index, levels);
  if (!chain) return NULL;
  add_stem(chain, spec, generator);
  for (int number = 1; number <= BLOCKS; number++) {
    add_block(chain, spec, number, number == 1 ? spec->stem : channels_of(spec, number - 1) / 2, generator);
    if (number < BLOCKS) add_transition(chain, number, channels_of(spec, number), generator);
  }
  sn_chain_needs(chain, "features.norm5");
  sn_chain_needs(chain, "classifier");
  SnBackbone *backbone = sn_chain_finish(chain);
  if (backbone) backbone->cells = cells;
  return backbone;
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return BLOCKS;
}

static SnLevel level(int index, int64_t number) {
  static const char *const names[BLOCKS] = {"features.denseblock1", "features.denseblock2", "features.denseblock3",
                                            "features.denseblock4"};
  return (SnLevel){
      .name = names[number - 1], .channels = channels_of(&specs[index], (int)number), .stride = (int64_t)2 << number};
}

const SnBackboneFamily sn_densenet_family = {
    .title = "DenseNet", .name = name, .level_count = level_count, .level = level, .create = create};
