#include "models/backbones/family.h"

const SnBackboneFamily *const sn_backbone_families[] = {
    &sn_resnet_family,
    &sn_vgg_family,
    &sn_densenet_family,
    &sn_mobilenet_v2_family,
    &sn_mobilenet_v3_family,
    &sn_efficientnet_family,
    &sn_efficientnet_lite_family,
    &sn_regnet_family,
    &sn_convnext_family,
    &sn_vit_family,
    NULL,
};
