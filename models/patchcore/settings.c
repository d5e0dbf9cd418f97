#include "models/patchcore/settings.h"

#include "anomaly/method.h"
#include "base/error.h"
#include "datasets/transform.h"

/* clang-format off */
#define INTEGER(member) SN_GROUP_METHOD, SN_SETTING_INTEGER, SN_OWN_OFFSET(SnPatchCoreSettings, member)
#define REAL(member) SN_GROUP_METHOD, SN_SETTING_REAL, SN_OWN_OFFSET(SnPatchCoreSettings, member)
const SnSetting sn_patchcore_setting_rows[SN_PATCHCORE_SETTINGS] = {
    {"coreset", REAL(coreset), 0, 1, .help = "share of the training patches that the memory bank keeps", .changes_cost = true},
    {"projection", INTEGER(projection), 1, 1 << 14, .help = "dimensions of the random projection in which it is chosen", .changes_cost = true},
    {"neighbours", INTEGER(neighbours), 1, 1024, .help = "by which an image's score is weighted; 1: it is its worst patch's"},
};
/* clang-format on */

SnPatchCoreSettings sn_patchcore_settings(const SnSettings *settings) {
  SnPatchCoreSettings own;
  sn_own_settings(settings, sizeof own, &own);
  return own;
}

const char *const sn_patchcore_presets[] = {"paper", NULL};

void sn_patchcore_preset(int number, SnSettings *settings) {
  (void)number;
  SnPatchCoreSettings own = {.coreset = 0.1, .projection = 128, .neighbours = 9};
  settings->view = (SnViewSettings){.white_level = SN_WHITE_LEVEL_FULL,
                                    .resize = {256, 0},
                                    .crop = {224, 224},
                                    .fit = SN_FIT_CROP,
                                    .mask_threshold = 0.5};
  settings->features = (SnFeatureSettings){.backbone = "wide_resnet50_2",
                                           .levels = {2, {2, 3}},
                                           .pooling = SN_POOLING_ADAPTIVE,
                                           .dimension = 1024,
                                           .patch = 3};
  settings->map = (SnMapSettings){.smoothing = 4, .image_score = SN_IMAGE_SCORE_PATCH};
  sn_set_own_settings(settings, sizeof own, &own);
}

bool sn_patchcore_check(const SnSettings *settings) {
  return sn_patchcore_settings(settings).coreset > 0 ||
         sn_fail("--coreset: expected a share above 0: an empty memory bank is near to nothing");
}
