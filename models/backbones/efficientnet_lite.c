/* EfficientNet-Lite as its authors trained it with TensorFlow, under the names of the Python package
 * efficientnet_lite_pytorch: EfficientNet without squeeze and excitation, with ReLU6, and the same stem in all sizes.
 * Padding, BatchNorm's eps and the photographs' normalisation are TensorFlow's. The levels are the last blocks before
 * the size is halved, and the last of all. */
#include "autograd/ops.h"
#include "models/backbones/chain.h"
#include "models/backbones/inverted_residual.h"

enum { LEVELS = 5, STAGES = 7, STEM = 32 };

typedef struct Spec {
  const char *name;
  int64_t out[STAGES];
  int blocks[STAGES];
  const char *levels[LEVELS]; /* the last blocks of the stages in `ends` */
} Spec;

/* clang-format off */
static const Spec specs[] = {
    {"efficientnet_lite0", {16, 24, 40, 80, 112, 192, 320}, {1, 2, 2, 3, 3, 4, 1},
     {"_blocks.0", "_blocks.2", "_blocks.4", "_blocks.10", "_blocks.15"}},
    {"efficientnet_lite1", {16, 24, 40, 80, 112, 192, 320}, {1, 3, 3, 4, 4, 5, 1},
     {"_blocks.0", "_blocks.3", "_blocks.6", "_blocks.14", "_blocks.20"}},
    {"efficientnet_lite2", {16, 24, 48, 88, 120, 208, 352}, {1, 3, 3, 4, 4, 5, 1},
     {"_blocks.0", "_blocks.3", "_blocks.6", "_blocks.14", "_blocks.20"}},
};
/* clang-format on */
enum { SPECS = sizeof specs / sizeof *specs };

static const int ends[LEVELS] = {0, 1, 2, 4, 6};

static const struct {
  int64_t expansion, kernel, stride; /* stride: of the first block */
} stages[STAGES] = {{1, 3, 1}, {6, 3, 2}, {6, 5, 2}, {6, 3, 2}, {6, 5, 1}, {6, 5, 2}, {6, 3, 1}};

static const double eps = 1e-3;

static SnTensor *stem_forward(const void *part, SnTensor *x) { return sn_convolution_unit_forward(part, x); }

static void add_stem(SnChain *chain, SnGenerator *generator) {
  SnConvolutionUnit *stem = sn_scope_allocate(1, sizeof *stem, NULL);
  if (!stem) return;
  SnConvolutionShape shape = {3, STEM, .kernel = 3, .stride = 2, .same = true, .eps = eps};
  *stem = sn_convolution_unit(sn_chain_module(chain), "_conv_stem", "_bn0", shape, sn_relu6, generator);
  sn_chain_add(chain, "_conv_stem", stem_forward, stem);
}

static void add_block(SnChain *chain, int number, const SnInvertedResidualShape *shape, SnGenerator *generator) {
  SnPartName name = sn_part_name("_blocks.", number);
  SnModule *module = sn_chain_part(chain, name.text);
  if (!module) return;
  sn_chain_add(chain, name.text, sn_inverted_residual_forward, sn_inverted_residual_new(module, shape, generator));
}

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  const Spec *spec = &specs[index];
  SnChain *chain = sn_chain_new(&sn_efficientnet_lite_family, index, levels);
  if (!chain) return NULL;
  add_stem(chain, generator);
  int number = 0;
  int64_t in = STEM;
  for (int s = 0; s < STAGES; s++)
    for (int b = 0; b < spec->blocks[s]; b++) {
      SnInvertedResidualShape shape = {.names = SN_NAMES_LITE,
                                       .in = in,
                                       .expanded = stages[s].expansion * in,
                                       .out = spec->out[s],
                                       .kernel = stages[s].kernel,
                                       .stride = b == 0 ? stages[s].stride : 1,
                                       .activation = sn_relu6,
                                       .same = true,
                                       .eps = eps};
      add_block(chain, number++, &shape, generator);
      in = spec->out[s];
    }
  sn_chain_needs(chain, "_conv_head");
  sn_chain_needs(chain, "_bn1");
  sn_chain_needs(chain, "_fc");
  return sn_chain_finish(chain);
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return LEVELS;
}

static SnLevel level(int index, int64_t number) {
  return (SnLevel){.name = specs[index].levels[number - 1],
                   .channels = specs[index].out[ends[number - 1]],
                   .stride = (int64_t)1 << number};
}

static SnNormalization normalization(int index) {
  (void)index;
  const double mean = 127.0 / 255, deviation = 128.0 / 255; /* (pixel - 127) / 128 */
  return (SnNormalization){.mean = {mean, mean, mean}, .deviation = {deviation, deviation, deviation}};
}

static SnLevels usual_levels(int index) {
  (void)index;
  return (SnLevels){2, {3, 4}};
}

const SnBackboneFamily sn_efficientnet_lite_family = {.title = "EfficientNet-Lite",
                                                      .name = name,
                                                      .level_count = level_count,
                                                      .level = level,
                                                      .normalization = normalization,
                                                      .usual_levels = usual_levels,
                                                      .create = create};
