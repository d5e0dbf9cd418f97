/* MobileNetV3 as torchvision defines it (Howard et al. 2019): ReLUs in the first blocks, hard swish in the later ones,
 * and squeeze and excitation in some. The levels are the last blocks before the size is halved, and the last of all. */
#include "autograd/ops.h"
#include "models/backbones/chain.h"
#include "models/backbones/inverted_residual.h"

enum { LEVELS = 5, MAX_BLOCKS = 15, STEM = 16 };

typedef struct Block {
  int64_t kernel, expanded, out;
  bool squeeze, hard_swish;
  int64_t stride;
} Block;

typedef struct Spec {
  const char *name;
  SnLevel levels[LEVELS];
  int count;
  Block blocks[MAX_BLOCKS];
} Spec;

/* clang-format off */
static const Spec specs[] = {
    {"mobilenet_v3_small",
     {{"features.0", 16, 2}, {"features.1", 16, 4}, {"features.3", 24, 8}, {"features.8", 48, 16},
      {"features.11", 96, 32}},
     11,
     {{3, 16, 16, true, false, 2}, {3, 72, 24, false, false, 2}, {3, 88, 24, false, false, 1},
      {5, 96, 40, true, true, 2}, {5, 240, 40, true, true, 1}, {5, 240, 40, true, true, 1},
      {5, 120, 48, true, true, 1}, {5, 144, 48, true, true, 1}, {5, 288, 96, true, true, 2},
      {5, 576, 96, true, true, 1}, {5, 576, 96, true, true, 1}}},
    {"mobilenet_v3_large",
     {{"features.1", 16, 2}, {"features.3", 24, 4}, {"features.6", 40, 8}, {"features.12", 112, 16},
      {"features.15", 160, 32}},
     15,
     {{3, 16, 16, false, false, 1}, {3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1},
      {5, 72, 40, true, false, 2}, {5, 120, 40, true, false, 1}, {5, 120, 40, true, false, 1},
      {3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1},
      {3, 184, 80, false, true, 1}, {3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1},
      {5, 672, 160, true, true, 2}, {5, 960, 160, true, true, 1}, {5, 960, 160, true, true, 1}}},
};
/* clang-format on */
enum { SPECS = sizeof specs / sizeof *specs };

static const double eps = 1e-3;

static SnTensor *stem_forward(const void *part, SnTensor *x) { return sn_convolution_unit_forward(part, x); }

static void add_stem(SnChain *chain, SnGenerator *generator) {
  SnModule *module = sn_chain_part(chain, "features.0");
  SnConvolutionUnit *stem = module ? sn_scope_allocate(1, sizeof *stem, NULL) : NULL;
  if (!stem) return;
  *stem = sn_convolution_unit(module, "0", "1", (SnConvolutionShape){3, STEM, .kernel = 3, .stride = 2, .eps = eps},
                              sn_hard_swish, generator);
  sn_chain_add(chain, "features.0", stem_forward, stem);
}

/* The nearest multiple of 8, and the next one where that would be less than nine tenths. */
static int64_t multiple_of_8(int64_t number) {
  int64_t nearest = number < 8 ? 8 : (number + 4) / 8 * 8;
  return 10 * nearest < 9 * number ? nearest + 8 : nearest;
}

static void add_block(SnChain *chain, int number, const Block *block, int64_t in, SnGenerator *generator) {
  SnPartName name = sn_part_name("features.", number);
  SnModule *module = sn_chain_part(chain, name.text);
  if (!module) return;
  SnInvertedResidualShape shape = {.names = SN_NAMES_BLOCK,
                                   .in = in,
                                   .expanded = block->expanded,
                                   .out = block->out,
                                   .kernel = block->kernel,
                                   .stride = block->stride,
                                   .activation = block->hard_swish ? sn_hard_swish : sn_relu,
                                   .squeezed = block->squeeze ? multiple_of_8(block->expanded / 4) : 0,
                                   .squeeze_activation = sn_relu,
                                   .gate = sn_hard_sigmoid,
                                   .eps = eps};
  sn_chain_add(chain, name.text, sn_inverted_residual_forward, sn_inverted_residual_new(module, &shape, generator));
}

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  const Spec *spec = &specs[index];
  SnChain *chain = sn_chain_new(&sn_mobilenet_v3_family, index, levels);
  add_stem(chain, generator);
  for (int b = 0; b < spec->count; b++)
    add_block(chain, b + 1, &spec->blocks[b], b == 0 ? STEM : spec->blocks[b - 1].out, generator);
  sn_chain_needs(chain, sn_part_name("features.", spec->count + 1).text);
  sn_chain_needs(chain, "classifier");
  return sn_chain_finish(chain);
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return LEVELS;
}

static SnLevel level(int index, int64_t number) { return specs[index].levels[number - 1]; }

static SnLevels usual_levels(int index) {
  (void)index;
  return (SnLevels){2, {3, 4}};
}

const SnBackboneFamily sn_mobilenet_v3_family = {.title = "MobileNetV3",
                                                 .name = name,
                                                 .level_count = level_count,
                                                 .level = level,
                                                 .usual_levels = usual_levels,
                                                 .create = create};
