/* Vision transformers (Dosovitskiy et al. 2021): ViT and DeiT under timm's names, as whose torchvision's vit_b_16 loads
 * (namings.c), and DINOv2 (Oquab et al. 2024), with and without registers (Darcet et al. 2024), under those of its own
 * files.
 *
 * A level is a block: the tokens behind it, without class token and registers and before the last norm, as a grid. An
 * image may have any size from one patch up; what is left over at the right and the bottom is not looked at, as by any
 * convolution. Positions are resized to the grid as each one's original does it: bicubically, by timm with
 * antialiasing, and torchvision's, which are for 224 x 224 pixels alone, likewise; by DINOv2 without it and with scale
 * (cells + 0.1) / 37; by DINOv2 with registers with it and by sizes.
 */
#include <stdio.h>

#include "autograd/ops.h"
#include "models/backbones/family.h"
#include "nn/conv2d.h"
#include "nn/init.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"

enum { BLOCKS = 12, HEAD = 64, RATIO = 4, MAX_BEYOND = BLOCKS + 4 };

typedef enum Origin { AUGREG, DEIT, TORCHVISION, DINOV2 } Origin;

typedef struct Spec {
  const char *name;
  Origin origin;
  int64_t width, patch, grid; /* channels of a token; pixels of a patch; patches along a side in training */
  int64_t registers;
} Spec;

/* clang-format off */
static const Spec specs[] = {
    {"vit_small_patch16_224",  AUGREG,      384, 16, 14, 0},
    {"vit_base_patch16_224",   AUGREG,      768, 16, 14, 0},
    {"vit_b_16",               TORCHVISION, 768, 16, 14, 0},
    {"deit_small_patch16_224", DEIT,        384, 16, 14, 0},
    {"deit_base_patch16_224",  DEIT,        768, 16, 14, 0},
    {"dinov2_vits14",          DINOV2,      384, 14, 37, 0},
    {"dinov2_vitb14",          DINOV2,      768, 14, 37, 0},
    {"dinov2_vits14_reg4",     DINOV2,      384, 14, 37, 4},
    {"dinov2_vitb14_reg4",     DINOV2,      768, 14, 37, 4},
};
/* clang-format on */
enum { SPECS = sizeof specs / sizeof *specs };

typedef struct Block {
  SnModule module, attention, mlp, scales[2];
  SnLayerNorm *norms[2];
  SnLinear *qkv, *projection, *hidden, *out;
  SnTensor *gammas[2]; /* layer scale; NULL without */
} Block;

typedef struct Vit {
  SnBackbone backbone;
  const Spec *spec;
  SnTensor *class_token, *positions, *registers; /* [1,1,C], [1, 1 + grid^2, C], [1,registers,C] or NULL */
  SnModule patches, list;
  SnConvolution *embedding;
  Block *blocks[BLOCKS];
} Vit;

/* ---- making ---- */

static SnTensor *normal(int64_t count, int64_t width, SnGenerator *generator) {
  SnTensor *tensor = sn_empty(sn_generator_dtype(generator), SN_SHAPE(1, count, width));
  return sn_init_normal(tensor, 0, 0.02, generator) ? tensor : NULL;
}

static SnLinear *linear(SnModule *parent, const char *name, int64_t in, int64_t out, SnGenerator *generator) {
  SnLinear *layer = sn_linear_new(in, out, true, generator);
  if (!layer || !sn_init_normal(layer->weight, 0, 0.02, generator)) return NULL;
  sn_module_add(parent, name, &layer->module);
  return layer;
}

static void add_norm(Block *block, int i, int64_t width, SnGenerator *generator) {
  block->norms[i] = sn_layer_norm_new(width, 1e-6, generator);
  if (block->norms[i]) sn_module_add(&block->module, i == 0 ? "norm1" : "norm2", &block->norms[i]->module);
}

static void add_scale(Block *block, int i, const Spec *spec, SnGenerator *generator) {
  if (spec->origin != DINOV2) return;
  block->gammas[i] = sn_full(sn_generator_dtype(generator), 1, SN_SHAPE(spec->width));
  sn_module_add_parameter(&block->scales[i], "gamma", block->gammas[i]);
  sn_module_add(&block->module, i == 0 ? "ls1" : "ls2", &block->scales[i]);
}

static Block *new_block(const Spec *spec, SnGenerator *generator) {
  Block *block = sn_scope_allocate(1, sizeof *block, NULL);
  if (!block) return NULL;
  int64_t width = spec->width;
  add_norm(block, 0, width, generator);
  block->qkv = linear(&block->attention, "qkv", width, 3 * width, generator);
  block->projection = linear(&block->attention, "proj", width, width, generator);
  sn_module_add(&block->module, "attn", &block->attention);
  add_scale(block, 0, spec, generator);
  add_norm(block, 1, width, generator);
  block->hidden = linear(&block->mlp, "fc1", width, RATIO * width, generator);
  block->out = linear(&block->mlp, "fc2", RATIO * width, width, generator);
  sn_module_add(&block->module, "mlp", &block->mlp);
  add_scale(block, 1, spec, generator);
  return sn_ok() ? block : NULL;
}

/* ---- forward ---- */

/* Of the patches, [1, height width, C]. */
static SnTensor *resized_positions(const Vit *vit, int64_t height, int64_t width) {
  const Spec *spec = vit->spec;
  int64_t side = spec->grid, channels = spec->width;
  SnTensor *grid = sn_narrow(vit->positions, 1, 1, side * side);
  if (height == side && width == side) return grid;
  SnBicubic options = {.antialias = spec->origin != DINOV2 || spec->registers > 0};
  if (!options.antialias) {
    options.scale[0] = ((double)height + 0.1) / (double)side;
    options.scale[1] = ((double)width + 0.1) / (double)side;
  }
  grid = sn_permute(sn_reshape(grid, SN_SHAPE(1, side, side, channels)), SN_DIMS(0, 3, 1, 2));
  grid = sn_permute(sn_interpolate_bicubic(grid, height, width, options), SN_DIMS(0, 2, 3, 1));
  return sn_reshape(grid, SN_SHAPE(1, height * width, channels));
}

/* Class token, registers and patches, [N,tokens,C]. */
static SnTensor *embed(const Vit *vit, SnTensor *images, int64_t height, int64_t width) {
  SnTensor *map = sn_conv2d_forward(vit->embedding, images);
  if (!map) return NULL;
  int64_t n = map->array.shape[0], channels = vit->spec->width, count = 0;
  SnTensor *patches = sn_permute(sn_reshape(map, SN_SHAPE(n, channels, height * width)), SN_DIMS(0, 2, 1));
  SnTensor *all[3], *class_token = sn_add(vit->class_token, sn_narrow(vit->positions, 1, 0, 1));
  all[count++] = sn_expand(class_token, SN_SHAPE(n, 1, channels));
  if (vit->registers) all[count++] = sn_expand(vit->registers, SN_SHAPE(n, vit->spec->registers, channels));
  all[count++] = sn_add(patches, resized_positions(vit, height, width));
  return sn_cat((int)count, all, 1);
}

static SnTensor *attend(const Block *block, SnTensor *x) {
  SnTensor *qkv = sn_linear_forward(block->qkv, x), *parts[3];
  if (!qkv) return NULL;
  int64_t n = x->array.shape[0], tokens = x->array.shape[1], channels = x->array.shape[2], heads = channels / HEAD;
  qkv = sn_reshape(qkv, SN_SHAPE(n, tokens, 3 * heads, HEAD));
  for (int i = 0; i < 3; i++) parts[i] = sn_permute(sn_narrow(qkv, 2, i * heads, heads), SN_DIMS(0, 2, 1, 3));
  SnTensor *y = sn_permute(sn_scaled_dot_product_attention(parts[0], parts[1], parts[2]), SN_DIMS(0, 2, 1, 3));
  return sn_linear_forward(block->projection, sn_reshape(y, SN_SHAPE(n, tokens, channels)));
}

/* x + gamma y */
static SnTensor *add_scaled(SnTensor *x, SnTensor *y, SnTensor *gamma) {
  return sn_add(x, gamma && sn_ok() ? sn_mul(y, gamma) : y);
}

static SnTensor *forward_block(const Block *block, SnTensor *x) {
  if (!sn_ok()) return NULL;
  x = add_scaled(x, attend(block, sn_layer_norm_forward(block->norms[0], x)), block->gammas[0]);
  SnTensor *hidden = sn_gelu(sn_linear_forward(block->hidden, sn_layer_norm_forward(block->norms[1], x)));
  return add_scaled(x, sn_linear_forward(block->out, hidden), block->gammas[1]);
}

static bool forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  Vit *vit = (Vit *)backbone; /* its first member */
  int64_t patch = vit->spec->patch, height = images->array.shape[2] / patch, width = images->array.shape[3] / patch;
  if (height < 1 || width < 1)
    return sn_fail("%s: expected images of at least %lld x %lld pixels, found %s", backbone->name, (long long)patch,
                   (long long)patch, sn_tensor_text(images));
  SnTensor *x = embed(vit, images, height, width);
  int64_t n = images->array.shape[0], count = height * width, channels = vit->spec->width, given = 0;
  for (int b = 0; given < backbone->levels.count && sn_ok(); b++) {
    x = forward_block(vit->blocks[b], x);
    if (backbone->levels.numbers[given] != b + 1) continue;
    SnTensor *patches = sn_narrow(x, 1, 1 + vit->spec->registers, count);
    levels[given++] = sn_reshape(sn_permute(patches, SN_DIMS(0, 2, 1)), SN_SHAPE(n, channels, height, width));
  }
  return sn_ok();
}

/* ---- the family ---- */

static const char *block_name(int number) {
  static const char *const names[BLOCKS] = {"blocks.0", "blocks.1", "blocks.2", "blocks.3", "blocks.4",  "blocks.5",
                                            "blocks.6", "blocks.7", "blocks.8", "blocks.9", "blocks.10", "blocks.11"};
  return names[number];
}

static SnLevel level(int index, int64_t number) {
  return (SnLevel){.name = block_name((int)number - 1), .channels = specs[index].width, .stride = specs[index].patch};
}

static int64_t cells(const SnBackbone *backbone, int i, int64_t pixels) { return pixels / backbone->stride[i]; }

static const char *const *names_beyond(int64_t blocks) {
  static const char *const always[] = {"norm.", "head.", "mask_token"};
  const char **names = sn_scope_allocate(MAX_BEYOND, sizeof *names, NULL);
  int count = 0;
  for (int i = 0; names && i < 3; i++) names[count++] = always[i];
  for (int64_t b = blocks; names && b < BLOCKS; b++) {
    char *name = sn_scope_allocate(16, 1, NULL);
    if (!name) return NULL;
    snprintf(name, 16, "%s.", block_name((int)b));
    names[count++] = name;
  }
  return names;
}

static void describe(Vit *vit, int index, const SnLevels *levels) {
  SnBackbone *backbone = &vit->backbone;
  vit->spec = &specs[index];
  backbone->name = specs[index].name;
  backbone->levels = *levels;
  for (int i = 0; i < levels->count; i++) {
    backbone->channels[i] = specs[index].width;
    backbone->stride[i] = specs[index].patch;
  }
  backbone->cells = cells;
  backbone->forward = forward;
  backbone->beyond = names_beyond(levels->numbers[levels->count - 1]);
}

static void add_embedding(Vit *vit, SnGenerator *generator) {
  const Spec *spec = vit->spec;
  SnModule *module = &vit->backbone.module;
  vit->class_token = normal(1, spec->width, generator);
  vit->positions = normal(1 + spec->grid * spec->grid, spec->width, generator);
  if (spec->registers > 0) vit->registers = normal(spec->registers, spec->width, generator);
  sn_module_add_parameter(module, "cls_token", vit->class_token);
  sn_module_add_parameter(module, "pos_embed", vit->positions);
  sn_module_add_parameter(module, "register_tokens", vit->registers);
  SnConv2d options = {.stride = {spec->patch, spec->patch}};
  vit->embedding = sn_conv2d_new(3, spec->width, spec->patch, options, true, generator);
  if (vit->embedding) sn_module_add(&vit->patches, "proj", &vit->embedding->module);
  sn_module_add(module, "patch_embed", &vit->patches);
}

static SnBackbone *create(int index, const SnLevels *levels, SnGenerator *generator) {
  Vit *vit = sn_scope_allocate(1, sizeof *vit, NULL);
  if (!vit) return NULL;
  describe(vit, index, levels);
  add_embedding(vit, generator);
  for (int b = 0; b < levels->numbers[levels->count - 1] && sn_ok(); b++) {
    vit->blocks[b] = new_block(vit->spec, generator);
    if (vit->blocks[b]) sn_module_add(&vit->list, block_name(b) + sizeof "blocks", &vit->blocks[b]->module);
  }
  sn_module_add(&vit->backbone.module, "blocks", &vit->list);
  return sn_ok() ? &vit->backbone : NULL;
}

static const char *name(int index) { return index < SPECS ? specs[index].name : NULL; }

static int level_count(int index) {
  (void)index;
  return BLOCKS;
}

/* timm's own training took every channel from -1 to 1. */
static SnNormalization normalization(int index) {
  if (specs[index].origin != AUGREG) return sn_imagenet_normalization;
  return (SnNormalization){.mean = {0.5, 0.5, 0.5}, .deviation = {0.5, 0.5, 0.5}};
}

static SnLevels usual_levels(int index) {
  (void)index;
  return (SnLevels){2, {6, 8}};
}

const SnBackboneFamily sn_vit_family = {.title = "ViT",
                                        .name = name,
                                        .level_count = level_count,
                                        .level = level,
                                        .normalization = normalization,
                                        .usual_levels = usual_levels,
                                        .create = create};
