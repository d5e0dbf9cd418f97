/* A family: networks that differ only in a table of numbers. One file each in this folder; a new one is that file, a
 * line below and a line in families.c. */
#ifndef SN_MODELS_BACKBONES_FAMILY_H
#define SN_MODELS_BACKBONES_FAMILY_H

#include "models/backbones/backbone.h"

/* index: of a network within the family, from 0. */
typedef struct SnBackboneFamily {
  const char *title;              /* "ResNet", as `simplenet info` shows it */
  const char *(*name)(int index); /* of a network; NULL beyond the last */
  int (*level_count)(int index);
  SnLevel (*level)(int index, int64_t number); /* number: from 1 to level_count */
  /* Optional: of the photographs that the network was trained on; ImageNet's when absent. */
  SnNormalization (*normalization)(int index);
  /* Optional: the levels that a detector takes where none are given; 2 and 3 when absent. Two are usual: strides 8 and
   * 16 of a convolutional network, blocks at the middle and at two thirds of a transformer. */
  SnLevels (*usual_levels)(int index);
  /* In the innermost scope, with random weights, as far as the deepest of the levels, which are known to be right. All
   * that SnBackbone does not call optional is filled in. NULL on failure. */
  SnBackbone *(*create)(int index, const SnLevels *levels, SnGenerator *generator);
  /* Optional: whether sizes in feature space were chosen on this network's features (a noise's sigma on those of
   * ResNet-18 and Wide ResNet-50); other networks' features are brought to their scale (anomaly/feature_scale.h). */
  bool (*sets_scale)(int index);
} SnBackboneFamily;

extern const SnBackboneFamily sn_resnet_family;
extern const SnBackboneFamily sn_vgg_family;
extern const SnBackboneFamily sn_densenet_family;
extern const SnBackboneFamily sn_mobilenet_v2_family;
extern const SnBackboneFamily sn_mobilenet_v3_family;
extern const SnBackboneFamily sn_efficientnet_family;
extern const SnBackboneFamily sn_efficientnet_lite_family;
extern const SnBackboneFamily sn_regnet_family;
extern const SnBackboneFamily sn_convnext_family;
extern const SnBackboneFamily sn_vit_family;

/* All families; ends with NULL. */
extern const SnBackboneFamily *const sn_backbone_families[];

/* The family that a network belongs to, and its index there. NULL and an error that lists all networks when there is no
 * such network. */
const SnBackboneFamily *sn_family_of(const char *name, int *index);

#endif
