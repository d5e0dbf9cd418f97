#include "anomaly/settings_table.h"

/* clang-format off */
#define VIEW(member) SN_GROUP_VIEW, SN_SETTING_INTEGER, offsetof(SnSettings, view.member)
#define VIEW_CHOICE(member) SN_GROUP_VIEW, SN_SETTING_CHOICE, offsetof(SnSettings, view.member)
#define FEATURES(member, kind) SN_GROUP_FEATURES, kind, offsetof(SnSettings, features.member)
const SnSetting sn_shared_settings[] = {
    {"backbone", FEATURES(backbone, SN_SETTING_BACKBONE), .help = "network that gives features; `simplenet info` lists them"},
    {"levels", FEATURES(levels, SN_SETTING_LEVELS), .help = "its levels that give features, by number or by name"},
    {"grid-level", FEATURES(grid_level, SN_SETTING_LEVEL), .help = "level whose grid the features take; 0: the first of --levels"},
    {"pooling", FEATURES(pooling, SN_SETTING_CHOICE), .choices = "mean|adaptive", .help = "of a position's neighbourhood: its mean, or unfolded and averaged to --dimension numbers"},
    {"upsampling", FEATURES(upsampling, SN_SETTING_CHOICE), .choices = "bilinear|nearest", .help = "how coarser levels are brought to the grid", .when_absent = "bilinear"},
    {"dimension", FEATURES(dimension, SN_SETTING_INTEGER), 1, 1 << 14, .help = "channels of adaptive pooling"},
    {"patch", FEATURES(patch, SN_SETTING_INTEGER), 1, 31, .help = "side of the neighbourhood, odd"},
    {"feature-scale", FEATURES(scale, SN_SETTING_CHOICE), .choices = "auto|measured|none", .help = "bring levels to a standard deviation of 0.1, measured on the training images; auto: unless the backbone is one that the sizes were chosen on", .when_absent = "none"},
    {"orientation", VIEW_CHOICE(orientation), .choices = "stored|exif", .help = "photographs as they are stored, or turned as their EXIF orientation says"},
    {"white-level", VIEW(white_level), 1, 65535, .help = "value of 16-bit photographs that is white: 4095 for a camera of 12 bits", .when_absent = "65535"},
    {"resize", SN_GROUP_VIEW, SN_SETTING_RESIZE, offsetof(SnSettings, view.resize), 1, 1 << 14, .help = "pixels of the photograph's short side, or its whole size, as 256x512"},
    {"crop", SN_GROUP_VIEW, SN_SETTING_SIZE, offsetof(SnSettings, view.crop), 32, 1 << 14, .help = "pixels of the centre that is looked at, a square or as 224x448"},
    {"fit", VIEW_CHOICE(fit), .choices = "crop|squash", .help = "cut the centre out, or squash the whole photograph into its size"},
    {"batch", SN_GROUP_TRAINING, SN_SETTING_INTEGER, offsetof(SnSettings, training.batch), 1, 1 << 12, .help = "images a training step"},
    {"epochs", SN_GROUP_TRAINING, SN_SETTING_INTEGER, offsetof(SnSettings, training.epochs), 1, 1000000, .help = "passes over the training images"},
    {"seed", SN_GROUP_SEED, SN_SETTING_INTEGER, offsetof(SnSettings, training.seed), 0, 9007199254740991, .help = "of everything that chance decides in the training"},
    {"smoothing", SN_GROUP_MAP, SN_SETTING_REAL, offsetof(SnSettings, map.smoothing), 0, 1e3, .help = "sigma of the anomaly map's Gaussian, in pixels; 0: none"},
    {"image-score", SN_GROUP_MAP, SN_SETTING_CHOICE, offsetof(SnSettings, map.image_score), .choices = "patch|map", .help = "maximum of the patch scores, or of the smoothed map"},
    {"mask-threshold", SN_GROUP_MASKS, SN_SETTING_REAL, offsetof(SnSettings, view.mask_threshold), 0, 1, .help = "share of white above which a mask's pixel is defective"},
};
/* clang-format on */
const int sn_shared_setting_count = (int)(sizeof sn_shared_settings / sizeof *sn_shared_settings);
