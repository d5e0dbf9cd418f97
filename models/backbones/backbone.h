/* Backbones: networks whose feature maps at named levels SimpleNet looks at.
 *
 *     SnBackbone *backbone = sn_backbone_new("resnet18", 3, &generator);
 *     sn_backbone_load(backbone, "resnet18.safetensors");
 *     SnTensor *levels[SN_BACKBONE_LEVELS];
 *     sn_backbone_forward(backbone, images, levels);      levels[1] is layer2, levels[2] layer3
 *
 * A family (resnet.c) provides a row in the table of backbone.c for each of its networks.
 */
#ifndef SN_MODELS_BACKBONES_BACKBONE_H
#define SN_MODELS_BACKBONES_BACKBONE_H

#include "nn/generator.h"
#include "nn/module.h"

enum { SN_BACKBONE_LEVELS = 4 };

typedef struct SnBackbone SnBackbone;

struct SnBackbone {
  SnModule module; /* parameters under torchvision's names; in evaluation mode at first */
  const char *name;
  int deepest;                           /* the last level that was built, from 1 */
  int64_t channels[SN_BACKBONE_LEVELS];  /* of each level built */
  int64_t reduction[SN_BACKBONE_LEVELS]; /* input pixels to a cell of the level, along each side */
  bool (*forward)(SnBackbone *backbone, SnTensor *images, SnTensor **levels);
  const char *beyond[SN_BACKBONE_LEVELS + 2]; /* beginnings of names beyond the deepest level; ends with NULL */
};

/* Names of the networks there are, in the order of `simplenet info`; NULL at index beyond the last. */
const char *sn_backbone_name(int index);

/* In the innermost scope, with random weights, and only as far as level `deepest` (1 to 4). NULL and an error that
 * lists the names when there is no such network. */
SnBackbone *sn_backbone_new(const char *name, int deepest, SnGenerator *generator);

/* Fills in the weights. Every parameter must be in the dictionary in its shape, and finite; tensors of the network
 * beyond the deepest level are passed over, any others are an error. `source` names the file in messages. The backbone
 * shares the dictionary's memory (sn_module_share): before training it further, give it a dictionary of its own. */
bool sn_backbone_load(SnBackbone *backbone, const SnStateDict *dict, const char *source);

/* Gives the weights' memory back once all plans that are needed have been made. The structure stays, but its forward is
 * an error from then on. */
void sn_backbone_release(SnBackbone *backbone);

/* images [N,3,H,W], ImageNet-normalised RGB -> levels[0..deepest), level l of the shape [N, channels[l], H/reduction,
 * W/reduction] (sizes rounded up). No work is done beyond the deepest level. */
bool sn_backbone_forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels);

#endif
