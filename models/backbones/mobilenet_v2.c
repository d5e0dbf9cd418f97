/* MobileNetV2 as torchvision defines it (Sandler et al. 2018). The levels are the last blocks before the size is
 * halved, and the last of all. */
#include "autograd/ops.h"
#include "models/backbones/chain.h"
#include "models/backbones/inverted_residual.h"

enum { LEVELS = 5, STEM = 32 };

static const struct {
  int count;
  int64_t expansion, out, stride; /* stride: of the first block */
} stages[] = {{1, 1, 16, 1}, {2, 6, 24, 2},  {3, 6, 32, 2}, {4, 6, 64, 2},
              {3, 6, 96, 1}, {3, 6, 160, 2}, {1, 6, 320, 1}};
enum { STAGES = sizeof stages / sizeof *stages };

static SnTensor *stem_forward(const void *part, SnTensor *x) { return sn_convolution_unit_forward(part, x); }

static void add_stem(SnChain *chain, SnGenerator *generator) {
  SnModule *module = sn_chain_part(chain, "features.0");
  SnConvolutionUnit *stem = module ? sn_scope_allocate(1, sizeof *stem, NULL) : NULL;
  if (!stem) return;
  *stem = sn_convolution_unit(module, "0", "1", (SnConvolutionShape){3, STEM, .kernel = 3, .stride = 2}, sn_relu6,
                              generator);
  sn_chain_add(chain, "features.0", stem_forward, stem);
}

static void add_block(SnChain *chain, int number, const SnInvertedResidualShape *shape, SnGenerator *generator) {
  SnPartName name = sn_part_name("features.", number);
  SnModule *module = sn_chain_part(chain, name.text);
  if (!module) return;
  sn_chain_add(chain, name.text, sn_inverted_residual_forward, sn_inverted_residual_new(module, shape, generator));
}

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  SnChain *chain = sn_chain_new(&sn_mobilenet_v2_family, index, levels);
  add_stem(chain, generator);
  int number = 1;
  int64_t in = STEM;
  for (int s = 0; s < STAGES; s++)
    for (int b = 0; b < stages[s].count; b++) {
      SnInvertedResidualShape shape = {.names = SN_NAMES_CONV,
                                       .in = in,
                                       .expanded = stages[s].expansion * in,
                                       .out = stages[s].out,
                                       .kernel = 3,
                                       .stride = b == 0 ? stages[s].stride : 1,
                                       .activation = sn_relu6};
      add_block(chain, number++, &shape, generator);
      in = stages[s].out;
    }
  sn_chain_needs(chain, "features.18");
  sn_chain_needs(chain, "classifier");
  return sn_chain_finish(chain);
}

static const char *name(int index) { return index == 0 ? "mobilenet_v2" : NULL; }

static int level_count(int index) {
  (void)index;
  return LEVELS;
}

static SnLevel level(int index, int64_t number) {
  (void)index;
  static const SnLevel levels[LEVELS] = {{"features.1", 16, 2},
                                         {"features.3", 24, 4},
                                         {"features.6", 32, 8},
                                         {"features.13", 96, 16},
                                         {"features.17", 320, 32}};
  return levels[number - 1];
}

static SnLevels usual_levels(int index) {
  (void)index;
  return (SnLevels){2, {3, 4}};
}

const SnBackboneFamily sn_mobilenet_v2_family = {.title = "MobileNetV2",
                                                 .name = name,
                                                 .level_count = level_count,
                                                 .level = level,
                                                 .usual_levels = usual_levels,
                                                 .create = create};
