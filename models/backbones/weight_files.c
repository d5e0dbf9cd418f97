/* The files that get-weights.sh downloads; tests/test_get_weights.sh compares them with its table. */
#include <string.h>

#include "models/backbones/backbone.h"

static const struct {
  const char *network, *file;
} files[] = {
    {"resnet18", "resnet18-f37072fd.pth"},
    {"resnet34", "resnet34-b627a593.pth"},
    {"resnet50", "resnet50-0676ba61.pth"},
    {"resnet101", "resnet101-63fe2227.pth"},
    {"resnet152", "resnet152-394f9c45.pth"},
    {"wide_resnet50_2", "wide_resnet50_2-95faca4d.pth"},
    {"wide_resnet101_2", "wide_resnet101_2-32ee1156.pth"},
    {"resnext50_32x4d", "resnext50_32x4d-7cdf4587.pth"},
    {"vgg11", "vgg11-8a719046.pth"},
    {"vgg13", "vgg13-19584684.pth"},
    {"vgg16", "vgg16-397923af.pth"},
    {"vgg19", "vgg19-dcbb9e9d.pth"},
    {"vgg11_bn", "vgg11_bn-6002323d.pth"},
    {"vgg13_bn", "vgg13_bn-abd245e5.pth"},
    {"vgg16_bn", "vgg16_bn-6c64b313.pth"},
    {"vgg19_bn", "vgg19_bn-c79401a0.pth"},
    {"densenet121", "densenet121-a639ec97.pth"},
    {"densenet169", "densenet169-b2777c0a.pth"},
    {"densenet201", "densenet201-c1103571.pth"},
    {"mobilenet_v2", "mobilenet_v2-b0353104.pth"},
    {"mobilenet_v3_small", "mobilenet_v3_small-047dcff4.pth"},
    {"mobilenet_v3_large", "mobilenet_v3_large-8738ca79.pth"},
    {"efficientnet_b0", "efficientnet_b0_rwightman-7f5810bc.pth"},
    {"efficientnet_b1", "efficientnet_b1_rwightman-bac287d4.pth"},
    {"efficientnet_b2", "efficientnet_b2_rwightman-c35c1473.pth"},
    {"efficientnet_b3", "efficientnet_b3_rwightman-b3899882.pth"},
    {"efficientnet_lite0", "efficientnet-lite0-57934424.pth"},
    {"efficientnet_lite1", "efficientnet-lite1-77cc7160.pth"},
    {"efficientnet_lite2", "efficientnet-lite2-9656183e.pth"},
    {"convnext_tiny", "convnext_tiny-983f1562.pth"},
    {"convnext_small", "convnext_small-0c510722.pth"},
    {"regnet_y_400mf", "regnet_y_400mf-c65dace8.pth"},
    {"regnet_y_800mf", "regnet_y_800mf-1b27b58c.pth"},
    {"regnet_y_1_6gf", "regnet_y_1_6gf-b11a554e.pth"},
    {"regnet_y_3_2gf", "regnet_y_3_2gf-b5a9779c.pth"},
    {"vit_b_16", "vit_b_16-c867db91.pth"},
    {"deit_small_patch16_224", "deit_small_patch16_224-cd65a155.pth"},
    {"deit_base_patch16_224", "deit_base_patch16_224-b5f2ef4d.pth"},
    {"dinov2_vits14", "dinov2_vits14_pretrain.pth"},
    {"dinov2_vitb14", "dinov2_vitb14_pretrain.pth"},
    {"dinov2_vits14_reg4", "dinov2_vits14_reg4_pretrain.pth"},
    {"dinov2_vitb14_reg4", "dinov2_vitb14_reg4_pretrain.pth"},
};

const char *sn_backbone_weight_file(const char *name) {
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (strcmp(files[i].network, name) == 0) return files[i].file;
  return NULL;
}
