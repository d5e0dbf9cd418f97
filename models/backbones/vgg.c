/* VGG as torchvision defines it (Simonyan and Zisserman 2015): stages of 3 x 3 convolutions, each with a ReLU and, in
 * the networks named _bn, a BatchNorm before it; between stages a maximum over 2 x 2 cells. The levels are the stages'
 * last ReLUs, before the maxima. */
#include "autograd/ops.h"
#include "models/backbones/chain.h"
#include "models/backbones/convolution_unit.h"

enum { STAGES = 5 };

typedef struct Spec {
  const char *name;
  bool batch_norm;
  int convolutions[STAGES];
  const char *levels[STAGES]; /* position in `features` of each stage's last ReLU */
} Spec;

#define PLAIN(...) \
  false, { __VA_ARGS__ }
#define BN(...) \
  true, { __VA_ARGS__ }
/* clang-format off */
static const Spec specs[] = {
    {"vgg11",    PLAIN(1, 1, 2, 2, 2), {"features.1", "features.4", "features.9", "features.14", "features.19"}},
    {"vgg13",    PLAIN(2, 2, 2, 2, 2), {"features.3", "features.8", "features.13", "features.18", "features.23"}},
    {"vgg16",    PLAIN(2, 2, 3, 3, 3), {"features.3", "features.8", "features.15", "features.22", "features.29"}},
    {"vgg19",    PLAIN(2, 2, 4, 4, 4), {"features.3", "features.8", "features.17", "features.26", "features.35"}},
    {"vgg11_bn", BN(1, 1, 2, 2, 2),    {"features.2", "features.6", "features.13", "features.20", "features.27"}},
    {"vgg13_bn", BN(2, 2, 2, 2, 2),    {"features.5", "features.12", "features.19", "features.26", "features.33"}},
    {"vgg16_bn", BN(2, 2, 3, 3, 3),    {"features.5", "features.12", "features.22", "features.32", "features.42"}},
    {"vgg19_bn", BN(2, 2, 4, 4, 4),    {"features.5", "features.12", "features.25", "features.38", "features.51"}},
};
/* clang-format on */
enum { SPECS = sizeof specs / sizeof *specs };

static SnTensor *unit(const void *part, SnTensor *x) { return sn_convolution_unit_forward(part, x); }

static SnTensor *maximum(const void *part, SnTensor *x) {
  (void)part;
  return sn_max_pool2d(x, (SnPool2d){.kernel = {2, 2}, .stride = {2, 2}});
}

/* Convolution, BatchNorm and ReLU have positions of their own in `features`; returns the position after them. */
static int add_unit(SnChain *chain, const Spec *spec, int position, int64_t in, int64_t out, SnGenerator *generator) {
  SnPartName conv = sn_part_name("features.", position++), bn = {""};
  if (spec->batch_norm) bn = sn_part_name("features.", position++);
  SnPartName relu = sn_part_name("features.", position++);
  bool needed = sn_chain_needs(chain, conv.text);
  if (spec->batch_norm) needed = sn_chain_needs(chain, bn.text) && needed;
  SnConvolutionUnit *part = needed ? sn_scope_allocate(1, sizeof *part, NULL) : NULL;
  if (!part) return position;
  *part = sn_convolution_unit(sn_chain_module(chain), conv.text, spec->batch_norm ? bn.text : NULL,
                              (SnConvolutionShape){in, out, .kernel = 3, .bias = true}, sn_relu, generator);
  sn_chain_add(chain, relu.text, unit, part);
  return position;
}

static int64_t channels_of(int stage) { return (int64_t)64 << (stage < 3 ? stage : 3); }

/* Each maximum passes over an odd last row or column. */
static int64_t cells(const SnBackbone *backbone, int i, int64_t pixels) { return pixels / backbone->stride[i]; }

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  const Spec *spec = &specs[index];
  SnChain *chain = sn_chain_new(&sn_vgg_family, index, levels);
  int64_t in = 3;
  for (int stage = 0, position = 0; stage < STAGES && sn_ok(); stage++) {
    for (int c = 0; c < spec->convolutions[stage] && sn_ok(); c++) {
      position = add_unit(chain, spec, position, in, channels_of(stage), generator);
      in = channels_of(stage);
    }
    SnPartName name = sn_part_name("features.", position++);
    if (sn_chain_needs(chain, name.text)) sn_chain_add(chain, name.text, maximum, NULL);
  }
  sn_chain_needs(chain, "classifier");
  SnBackbone *backbone = sn_chain_finish(chain);
  if (backbone) backbone->cells = cells;
  return backbone;
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return STAGES;
}

static SnLevel level(int index, int64_t number) {
  int stage = (int)number - 1;
  return (SnLevel){.name = specs[index].levels[stage], .channels = channels_of(stage), .stride = (int64_t)1 << stage};
}

static SnLevels usual_levels(int index) {
  (void)index;
  return (SnLevels){2, {4, 5}};
}

const SnBackboneFamily sn_vgg_family = {.title = "VGG",
                                        .name = name,
                                        .level_count = level_count,
                                        .level = level,
                                        .usual_levels = usual_levels,
                                        .create = create};
