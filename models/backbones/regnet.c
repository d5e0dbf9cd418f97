/* RegNetY as torchvision defines it (Radosavovic et al. 2020): bottlenecks whose 3x3 convolution is grouped and
 * followed by squeeze and excitation. The levels are the four stages. */
#include <stdio.h>

#include "autograd/ops.h"
#include "models/backbones/chain.h"
#include "models/backbones/squeeze_excitation.h"

enum { STAGES = 4, STEM = 32, MAX_BLOCKS = 20 };

typedef struct Spec {
  const char *name;
  int blocks[STAGES];
  int64_t out[STAGES], group_width;
} Spec;

static const Spec specs[] = {
    {"regnet_y_400mf", {1, 3, 6, 6}, {48, 104, 208, 440}, 8},
    {"regnet_y_800mf", {1, 3, 8, 2}, {64, 144, 320, 784}, 16},
    {"regnet_y_1_6gf", {2, 6, 17, 2}, {48, 120, 336, 888}, 24},
    {"regnet_y_3_2gf", {2, 5, 13, 1}, {72, 216, 576, 1512}, 24},
};
enum { SPECS = sizeof specs / sizeof *specs };

typedef struct Block {
  SnModule module;
  SnConvolutionUnit shortcut, a, b, c; /* the shortcut's conv is NULL where shapes agree */
  SnSqueezeExcitation squeeze;
} Block;

typedef struct Stage {
  int count;
  Block blocks[MAX_BLOCKS];
} Stage;

static SnTensor *stem_forward(const void *part, SnTensor *x) { return sn_convolution_unit_forward(part, x); }

static SnTensor *stage_forward(const void *part, SnTensor *x) {
  const Stage *stage = part;
  for (int i = 0; i < stage->count; i++) {
    const Block *block = &stage->blocks[i];
    SnTensor *y = sn_convolution_unit_forward(&block->b, sn_convolution_unit_forward(&block->a, x));
    y = sn_convolution_unit_forward(&block->c, sn_squeeze_excitation_forward(&block->squeeze, y));
    SnTensor *shortcut = block->shortcut.conv ? sn_convolution_unit_forward(&block->shortcut, x) : x;
    x = sn_relu(sn_add(shortcut, y));
  }
  return x;
}

static void add_stem(SnChain *chain, SnGenerator *generator) {
  SnModule *module = sn_chain_part(chain, "stem");
  SnConvolutionUnit *stem = module ? sn_scope_allocate(1, sizeof *stem, NULL) : NULL;
  if (!stem) return;
  *stem = sn_convolution_unit(module, "0", "1", (SnConvolutionShape){3, STEM, .kernel = 3, .stride = 2}, sn_relu,
                              generator);
  sn_chain_add(chain, "stem", stem_forward, stem);
}

static void new_block(Block *block, int64_t in, int64_t out, int64_t stride, int64_t groups, SnGenerator *generator) {
  SnModule *module = &block->module;
  if (stride != 1 || in != out)
    block->shortcut = sn_convolution_unit(
        module, "proj.0", "proj.1", (SnConvolutionShape){in, out, .kernel = 1, .stride = stride}, NULL, generator);
  block->a =
      sn_convolution_unit(module, "f.a.0", "f.a.1", (SnConvolutionShape){in, out, .kernel = 1}, sn_relu, generator);
  block->b = sn_convolution_unit(module, "f.b.0", "f.b.1",
                                 (SnConvolutionShape){out, out, .kernel = 3, .stride = stride, .groups = groups},
                                 sn_relu, generator);
  int64_t squeezed = (in + 2) / 4; /* a quarter of the block's input, rounded */
  sn_squeeze_excitation(&block->squeeze, module, "f.se", out, squeezed, sn_relu, sn_sigmoid, generator);
  block->c =
      sn_convolution_unit(module, "f.c.0", "f.c.1", (SnConvolutionShape){out, out, .kernel = 1}, NULL, generator);
}

static void add_stage(SnChain *chain, const Spec *spec, int s, SnGenerator *generator) {
  SnPartName name = sn_part_name("trunk_output.block", s + 1);
  SnModule *module = sn_chain_part(chain, name.text);
  Stage *stage = module ? sn_scope_allocate(1, sizeof *stage, NULL) : NULL;
  if (!stage) return;
  int64_t in = s == 0 ? STEM : spec->out[s - 1], out = spec->out[s];
  while (stage->count < spec->blocks[s] && sn_ok()) {
    char own[32];
    snprintf(own, sizeof own, "block%d-%d", s + 1, stage->count);
    Block *block = &stage->blocks[stage->count++];
    new_block(block, in, out, stage->count == 1 ? 2 : 1, out / spec->group_width, generator);
    sn_module_add(module, own, &block->module);
    in = out;
  }
  sn_chain_add(chain, name.text, stage_forward, stage);
}

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  SnChain *chain = sn_chain_new(&sn_regnet_family, index, levels);
  add_stem(chain, generator);
  for (int s = 0; s < STAGES; s++) add_stage(chain, &specs[index], s, generator);
  sn_chain_needs(chain, "fc");
  return sn_chain_finish(chain);
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return STAGES;
}

static SnLevel level(int index, int64_t number) {
  static const char *const names[STAGES] = {"trunk_output.block1", "trunk_output.block2", "trunk_output.block3",
                                            "trunk_output.block4"};
  return (SnLevel){.name = names[number - 1], .channels = specs[index].out[number - 1], .stride = (int64_t)2 << number};
}

const SnBackboneFamily sn_regnet_family = {
    .title = "RegNet", .name = name, .level_count = level_count, .level = level, .create = create};
