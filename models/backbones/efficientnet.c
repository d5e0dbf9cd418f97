/* EfficientNet as torchvision defines it (Tan and Le 2019): seven stages of inverted residuals with squeeze and
 * excitation. The levels are the last stages before the size is halved, and the last of all. */
#include "autograd/ops.h"
#include "models/backbones/chain.h"
#include "models/backbones/inverted_residual.h"

enum { LEVELS = 5, STAGES = 7, MAX_BLOCKS = 8 };

typedef struct Spec {
  const char *name;
  int64_t stem, out[STAGES];
  int blocks[STAGES];
} Spec;

static const Spec specs[] = {
    {"efficientnet_b0", 32, {16, 24, 40, 80, 112, 192, 320}, {1, 2, 2, 3, 3, 4, 1}},
    {"efficientnet_b1", 32, {16, 24, 40, 80, 112, 192, 320}, {2, 3, 3, 4, 4, 5, 2}},
    {"efficientnet_b2", 32, {16, 24, 48, 88, 120, 208, 352}, {2, 3, 3, 4, 4, 5, 2}},
    {"efficientnet_b3", 40, {24, 32, 48, 96, 136, 232, 384}, {2, 3, 3, 5, 5, 6, 2}},
};
enum { SPECS = sizeof specs / sizeof *specs };

static const struct {
  int64_t expansion, kernel, stride; /* stride: of the first block */
} stages[STAGES] = {{1, 3, 1}, {6, 3, 2}, {6, 5, 2}, {6, 3, 2}, {6, 5, 1}, {6, 5, 2}, {6, 3, 1}};

typedef struct Stage {
  int count;
  const SnInvertedResidual *blocks[MAX_BLOCKS];
} Stage;

static SnTensor *stem_forward(const void *part, SnTensor *x) { return sn_convolution_unit_forward(part, x); }

static SnTensor *stage_forward(const void *part, SnTensor *x) {
  const Stage *stage = part;
  for (int b = 0; b < stage->count; b++) x = sn_inverted_residual_forward(stage->blocks[b], x);
  return x;
}

static void add_stem(SnChain *chain, const Spec *spec, SnGenerator *generator) {
  SnModule *module = sn_chain_part(chain, "features.0");
  SnConvolutionUnit *stem = module ? sn_scope_allocate(1, sizeof *stem, NULL) : NULL;
  if (!stem) return;
  *stem = sn_convolution_unit(module, "0", "1", (SnConvolutionShape){3, spec->stem, .kernel = 3, .stride = 2}, sn_silu,
                              generator);
  sn_chain_add(chain, "features.0", stem_forward, stem);
}

static void add_stage(SnChain *chain, const Spec *spec, int s, SnGenerator *generator) {
  SnPartName name = sn_part_name("features.", s + 1);
  SnModule *module = sn_chain_part(chain, name.text);
  Stage *stage = module ? sn_scope_allocate(1, sizeof *stage, NULL) : NULL;
  if (!stage) return;
  for (int b = 0; b < spec->blocks[s] && sn_ok(); b++) {
    int64_t in = b > 0 ? spec->out[s] : s > 0 ? spec->out[s - 1] : spec->stem;
    SnModule *parent = sn_scope_allocate(1, sizeof *parent, NULL);
    if (!parent) return;
    sn_module_add(module, sn_part_name("", b).text, parent);
    SnInvertedResidualShape shape = {.names = SN_NAMES_BLOCK,
                                     .in = in,
                                     .expanded = stages[s].expansion * in,
                                     .out = spec->out[s],
                                     .kernel = stages[s].kernel,
                                     .stride = b == 0 ? stages[s].stride : 1,
                                     .activation = sn_silu,
                                     .squeezed = in / 4,
                                     .squeeze_activation = sn_silu,
                                     .gate = sn_sigmoid};
    stage->blocks[stage->count++] = sn_inverted_residual_new(parent, &shape, generator);
  }
  sn_chain_add(chain, name.text, stage_forward, stage);
}

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  SnChain *chain = sn_chain_new(&sn_efficientnet_family, index, levels);
  add_stem(chain, &specs[index], generator);
  for (int s = 0; s < STAGES; s++) add_stage(chain, &specs[index], s, generator);
  sn_chain_needs(chain, "features.8");
  sn_chain_needs(chain, "classifier");
  return sn_chain_finish(chain);
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return LEVELS;
}

static SnLevel level(int index, int64_t number) {
  static const struct {
    const char *name;
    int stage;
  } levels[LEVELS] = {{"features.1", 0}, {"features.2", 1}, {"features.3", 2}, {"features.5", 4}, {"features.7", 6}};
  return (SnLevel){.name = levels[number - 1].name,
                   .channels = specs[index].out[levels[number - 1].stage],
                   .stride = (int64_t)1 << number};
}

static SnLevels usual_levels(int index) {
  (void)index;
  return (SnLevels){2, {3, 4}};
}

const SnBackboneFamily sn_efficientnet_family = {.title = "EfficientNet",
                                                 .name = name,
                                                 .level_count = level_count,
                                                 .level = level,
                                                 .usual_levels = usual_levels,
                                                 .create = create};
