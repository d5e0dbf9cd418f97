/* timm's names where ours are torchvision's, torchvision's where ours are timm's, and older ones. */
#include "models/backbones/renaming.h"

#define NAME(from, to) \
  { from, to, NULL, SN_UNCHANGED }

/* ---- timm's blocks.a.b. of inverted residuals. One that does not expand calls its projection conv_pw. ---- */

#define BLOCK "blocks.*.*."
/* Of a block that expands. */
#define WIDE(from, to) \
  { from, to, "blocks.{a}.{b}.conv_pwl.weight", SN_UNCHANGED }

#define OURS "features.{a+1}.{b}.block."
static const SnRenaming efficientnet[] = {
    NAME("conv_stem.", "features.0.0."),
    NAME("bn1.", "features.0.1."),
    WIDE(BLOCK "conv_pw.", OURS "0.0."),
    WIDE(BLOCK "bn1.", OURS "0.1."),
    WIDE(BLOCK "conv_dw.", OURS "1.0."),
    WIDE(BLOCK "bn2.", OURS "1.1."),
    WIDE(BLOCK "se.conv_reduce.", OURS "2.fc1."),
    WIDE(BLOCK "se.conv_expand.", OURS "2.fc2."),
    NAME(BLOCK "conv_pwl.", OURS "3.0."),
    NAME(BLOCK "bn3.", OURS "3.1."),
    NAME(BLOCK "conv_dw.", OURS "0.0."),
    NAME(BLOCK "bn1.", OURS "0.1."),
    NAME(BLOCK "se.conv_reduce.", OURS "1.fc1."),
    NAME(BLOCK "se.conv_expand.", OURS "1.fc2."),
    NAME(BLOCK "conv_pw.", OURS "2.0."),
    NAME(BLOCK "bn2.", OURS "2.1."),
    NAME("conv_head.", "features.8.0."),
    NAME("bn2.", "features.8.1."),
    {0},
};
#undef OURS

#define OURS "_blocks.{n}."
static const SnRenaming efficientnet_lite[] = {
    NAME("conv_stem.", "_conv_stem."),
    NAME("bn1.", "_bn0."),
    WIDE(BLOCK "conv_pw.", OURS "_expand_conv."),
    WIDE(BLOCK "bn1.", OURS "_bn0."),
    WIDE(BLOCK "bn2.", OURS "_bn1."),
    NAME(BLOCK "conv_pwl.", OURS "_project_conv."),
    NAME(BLOCK "bn3.", OURS "_bn2."),
    NAME(BLOCK "conv_dw.", OURS "_depthwise_conv."),
    NAME(BLOCK "bn1.", OURS "_bn1."),
    NAME(BLOCK "conv_pw.", OURS "_project_conv."),
    NAME(BLOCK "bn2.", OURS "_bn2."),
    NAME("conv_head.", "_conv_head."),
    NAME("bn2.", "_bn1."),
    NAME("classifier.", "_fc."),
    {0},
};
#undef OURS

#define OURS "features.{n+1}.conv."
static const SnRenaming mobilenet_v2[] = {
    NAME("conv_stem.", "features.0.0."),  NAME("bn1.", "features.0.1."),       WIDE(BLOCK "conv_pw.", OURS "0.0."),
    WIDE(BLOCK "bn1.", OURS "0.1."),      WIDE(BLOCK "conv_dw.", OURS "1.0."), WIDE(BLOCK "bn2.", OURS "1.1."),
    NAME(BLOCK "conv_pwl.", OURS "2."),   NAME(BLOCK "bn3.", OURS "3."),       NAME(BLOCK "conv_dw.", OURS "0.0."),
    NAME(BLOCK "bn1.", OURS "0.1."),      NAME(BLOCK "conv_pw.", OURS "1."),   NAME(BLOCK "bn2.", OURS "2."),
    NAME("conv_head.", "features.18.0."), NAME("bn2.", "features.18.1."),      {0},
};
#undef OURS

/* ---- timm's other convolutional networks ---- */

#define STAGE "stages.*.blocks.*."
#define OURS "features.{2a+1}.{b}."
static const SnRenaming convnext[] = {
    NAME("stem.", "features.0."),
    NAME("stages.*.downsample.", "features.{2a}."),
    {STAGE "gamma", OURS "layer_scale", NULL, SN_TWO_ONES_BEHIND},
    NAME(STAGE "conv_dw.", OURS "block.0."),
    NAME(STAGE "norm.", OURS "block.2."),
    NAME(STAGE "mlp.fc1.", OURS "block.3."),
    NAME(STAGE "mlp.fc2.", OURS "block.5."),
    NAME("head.norm.", "classifier.0."),
    NAME("head.fc.", "classifier.2."),
    {0},
};
#undef OURS

#define OURS "trunk_output.block{a}.block{a}-{b-1}."
static const SnRenaming regnet[] = {
    NAME("stem.conv.", "stem.0."),
    NAME("stem.bn.", "stem.1."),
    NAME("s*.b*.conv1.conv.", OURS "f.a.0."),
    NAME("s*.b*.conv1.bn.", OURS "f.a.1."),
    NAME("s*.b*.conv2.conv.", OURS "f.b.0."),
    NAME("s*.b*.conv2.bn.", OURS "f.b.1."),
    NAME("s*.b*.se.", OURS "f.se."),
    NAME("s*.b*.conv3.conv.", OURS "f.c.0."),
    NAME("s*.b*.conv3.bn.", OURS "f.c.1."),
    NAME("s*.b*.downsample.conv.", OURS "proj.0."),
    NAME("s*.b*.downsample.bn.", OURS "proj.1."),
    NAME("head.fc.", "fc."),
    {0},
};
#undef OURS

static const SnRenaming vgg[] = {NAME("pre_logits.", "classifier."), NAME("head.fc.", "classifier.fc."), {0}};

/* torchvision's files of DenseNets are older than its module names. */
#define LAYER "features.denseblock*.denselayer*."
#define OURS "features.denseblock{a}.denselayer{b}."
static const SnRenaming densenet[] = {
    NAME(LAYER "norm.1.", OURS "norm1."),
    NAME(LAYER "conv.1.", OURS "conv1."),
    NAME(LAYER "norm.2.", OURS "norm2."),
    NAME(LAYER "conv.2.", OURS "conv2."),
    {0},
};
#undef OURS

/* ---- transformers ---- */

/* timm has added the class token's position to the token. */
static const SnRenaming dinov2[] = {
    NAME("reg_token", "register_tokens"),
    {"pos_embed", "pos_embed", NULL, SN_NO_CLASS_POSITION},
    {0},
};

#define ENCODER "encoder.layers.encoder_layer_*."
static const SnRenaming vit[] = {
    NAME("class_token", "cls_token"),
    NAME("conv_proj.", "patch_embed.proj."),
    NAME("encoder.pos_embedding", "pos_embed"),
    NAME(ENCODER "ln_1.", "blocks.{a}.norm1."),
    NAME(ENCODER "self_attention.in_proj_", "blocks.{a}.attn.qkv."),
    NAME(ENCODER "self_attention.out_proj.", "blocks.{a}.attn.proj."),
    NAME(ENCODER "ln_2.", "blocks.{a}.norm2."),
    NAME(ENCODER "mlp.0.", "blocks.{a}.mlp.fc1."),
    NAME(ENCODER "mlp.3.", "blocks.{a}.mlp.fc2."),
    NAME(ENCODER "mlp.linear_1.", "blocks.{a}.mlp.fc1."), /* older */
    NAME(ENCODER "mlp.linear_2.", "blocks.{a}.mlp.fc2."),
    NAME("encoder.ln.", "norm."),
    NAME("heads.", "head."),
    {0},
};

const SnNaming sn_namings[] = {
    {"efficientnet_b", "conv_stem.weight", efficientnet, NULL},
    {"efficientnet_lite", "conv_stem.weight", efficientnet_lite, NULL},
    {"mobilenet_v2", "conv_stem.weight", mobilenet_v2, NULL},
    {"mobilenet_v3", "conv_stem.weight", NULL,
     "these are timm's names, and timm's MobileNetV3 is another network, with another epsilon in its BatchNorms or "
     "other padding; take torchvision's file"},
    {"convnext", "stem.0.weight", convnext, NULL},
    {"regnet_y", "stem.conv.weight", regnet, NULL},
    {"vgg", "pre_logits.fc1.weight", vgg, NULL},
    {"densenet", "features.denseblock1.denselayer1.norm.1.weight", densenet, NULL},
    {"dinov2", "reg_token", dinov2, NULL},
    {"vit_b_16", "encoder.pos_embedding", vit, NULL},
    {0},
};
