/* Backbones: networks whose feature maps at chosen levels are what a detector looks at.
 *
 *     SnLevels wanted = {2, {2, 3}};
 *     SnBackbone *backbone = sn_backbone_new("resnet18", &wanted, NULL);
 *     sn_backbone_load(backbone, dict, "resnet18.safetensors");
 *     SnTensor *levels[SN_MAX_LEVELS];
 *     sn_backbone_forward(backbone, images, levels);      levels[0] is layer2, levels[1] layer3
 *
 * family.h says how a network of another kind is added.
 */
#ifndef SN_MODELS_BACKBONES_BACKBONE_H
#define SN_MODELS_BACKBONES_BACKBONE_H

#include "datasets/normalization.h"
#include "models/backbones/levels.h"
#include "nn/generator.h"
#include "nn/module.h"

typedef struct SnBackbone SnBackbone;

/* A network as far as the deepest level that was asked for. */
struct SnBackbone {
  SnModule module;  /* parameters under the names that the files of weights have; in evaluation mode at first */
  const char *name; /* "resnet18" */
  SnLevels levels;  /* that forward gives; below, index i is about the level levels.numbers[i] */
  int64_t channels[SN_MAX_LEVELS]; /* of the feature map */
  int64_t stride[SN_MAX_LEVELS];   /* input pixels to a cell, along each side */
  /* Optional: cells along a side of so many pixels, where they are not pixels / stride rounded up. */
  int64_t (*cells)(const SnBackbone *backbone, int i, int64_t pixels);
  bool (*forward)(SnBackbone *backbone, SnTensor *images, SnTensor **levels); /* fills levels[0 .. levels.count) */
  /* Optional: how the names of tensors beyond the deepest level begin, which a file of weights may hold as well; ends
   * with NULL. */
  const char *const *beyond;
};

/* ---- which there are (names.c) ---- */

/* Names of the networks of all families, in the order of `simplenet info`; NULL at an index beyond the last. */
const char *sn_backbone_name(int index);

bool sn_backbone_exists(const char *name); /* without an error */

const char *sn_backbone_title(const char *name); /* of its family, "ResNet"; NULL and an error when there is none */

/* The name of the file of its weights that `make weights` gets; NULL, without an error, when it gets none. */
const char *sn_backbone_weight_file(const char *name);

/* How many levels a network has, 0 and an error when there is no such network; and one of them, by its number from 1,
 * all zeros and an error when there is no such level. */
int sn_backbone_level_count(const char *name);
SnLevel sn_backbone_level(const char *name, int64_t number);
const char *sn_backbone_level_name(const char *name, int64_t number); /* NULL and an error likewise */

/* Whether sizes in feature space were chosen on this network's features; false and an error when there is no such
 * network. */
bool sn_backbone_sets_scale(const char *name);

/* What the network's input has to be; ImageNet's, and an error, when there is no such network. */
SnNormalization sn_backbone_normalization(const char *name);

/* The levels that a detector takes where none are given; none, and an error, when there is no such network. */
SnLevels sn_backbone_usual_levels(const char *name);

/* Levels by number or by name, "2,3" or "layer2,layer3", each once and in rising order, at most SN_MAX_LEVELS. An error
 * lists the network's levels. */
bool sn_parse_levels(const char *backbone, const char *text, SnLevels *levels);

/* ---- one of them ---- */

/* In the innermost scope, with random weights (generator NULL: uninitialised), and only as far as the deepest of the
 * levels. NULL and an error when there is no such network, which lists the names, or no such levels. */
SnBackbone *sn_backbone_new(const char *name, const SnLevels *levels, SnGenerator *generator);

/* Fills in the weights. Every parameter must be in the dictionary in its shape, and finite; tensors of the network
 * beyond the deepest level are passed over, any others are an error. Where the network is part of another, so that its
 * names have a prefix ("model.backbone."), what has another one is passed over, too. `source` names the file in
 * messages, which say what its names look like and which network they fit. The backbone
 * shares the dictionary's memory (sn_module_share): before training it further, give it a dictionary of its own. */
bool sn_backbone_load(SnBackbone *backbone, const SnStateDict *dict, const char *source);

/* Gives the weights' memory back once all plans that are needed have been made. The structure stays, but its forward is
 * an error from then on. */
void sn_backbone_release(SnBackbone *backbone);

/* images [N,3,H,W], normalised (sn_backbone_normalization) -> levels[i] of the shape [N, channels[i], cells of H, cells
 * of W] for each level asked for. No work is done beyond the deepest one. */
bool sn_backbone_forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels);

/* Cells of levels[i] along a side of so many input pixels. */
int64_t sn_backbone_cells(const SnBackbone *backbone, int i, int64_t pixels);

#endif
