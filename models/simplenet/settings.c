#include "models/simplenet/settings.h"

#include "anomaly/method.h"
#include "base/error.h"
#include "datasets/transform.h"
#include "nn/optimizer.h"

/* clang-format off */
#define INTEGER(member) SN_GROUP_METHOD, SN_SETTING_INTEGER, SN_OWN_OFFSET(SnSimpleNetSettings, member)
#define REAL(member) SN_GROUP_METHOD, SN_SETTING_REAL, SN_OWN_OFFSET(SnSimpleNetSettings, member)
#define CHOICE(member) SN_GROUP_METHOD, SN_SETTING_CHOICE, SN_OWN_OFFSET(SnSimpleNetSettings, member)
const SnSetting sn_simplenet_setting_rows[SN_SIMPLENET_SETTINGS] = {
    {"adaptor-depth", INTEGER(adaptor_depth), 0, 8, .help = "linear layers of the adaptor, leaky ReLU between; 0: none", .changes_cost = true},
    {"adaptor-bias", CHOICE(adaptor_bias), .choices = "no|yes", .help = "bias in the adaptor's layers"},
    {"adaptor-optimizer", CHOICE(adaptor_optimizer), .choices = "adam|adamw", .help = "decay as L2 gradient, or decoupled"},
    {"adaptor-rate", REAL(adaptor_rate), 0, 1, .help = "the adaptor's learning rate"},
    {"adaptor-decay", REAL(adaptor_decay), 0, 1, .help = "the adaptor's weight decay"},
    {"discriminator-depth", INTEGER(discriminator_depth), 1, 8, .help = "linear layers of the discriminator", .changes_cost = true},
    {"hidden", INTEGER(hidden), 1, 1 << 14, .help = "channels inside the discriminator", .changes_cost = true},
    {"discriminator-rate", REAL(discriminator_rate), 0, 1, .help = "the discriminator's learning rate"},
    {"discriminator-decay", REAL(discriminator_decay), 0, 1, .help = "the discriminator's L2 weight decay"},
    {"cosine", CHOICE(cosine), .choices = "no|yes|to-zero|at-plateau", .help = "by a cosine over all epochs: yes lowers the discriminator's rate to 0.4 of itself, to-zero both rates to 0; at-plateau does so once the loss has stopped falling, and the training ends"},
    {"loss", CHOICE(loss), .choices = "truncated-l1|cross-entropy", .help = "what the discriminator is trained by"},
    {"margin", REAL(margin), 0, 1e3, .help = "th of the truncated L1 loss"},
    {"sigma", REAL(sigma), 0, 1e3, .help = "standard deviation of the noise that makes anomalous features"},
    {"noise-mix", INTEGER(noise_mix), 1, 64, .help = "number of standard deviations sigma 1.1^k to draw from"},
    {"batch-from", CHOICE(batch_from), .choices = "images|patches", .help = "a step's patches: those of whole images, or as many drawn from all; an epoch is then 20 steps", .when_absent = "images"},
    {"heads", INTEGER(heads), 1, SN_MAX_HEADS, .help = "pairs of adaptor and discriminator, trained side by side, whose scores are averaged", .when_absent = "1", .changes_cost = true},
};
/* clang-format on */

SnSimpleNetSettings sn_simplenet_settings(const SnSettings *settings) {
  SnSimpleNetSettings own;
  sn_own_settings(settings, sizeof own, &own);
  return own;
}

void sn_set_simplenet_settings(SnSettings *settings, const SnSimpleNetSettings *own) {
  _Static_assert(sizeof *own <= sizeof settings->own, "a method's own settings fit in SnSettings");
  sn_set_own_settings(settings, sizeof *own, own);
}

enum { ROBUST, PAPER, OFFICIAL };
const char *const sn_simplenet_presets[] = {[ROBUST] = "robust", [PAPER] = "paper", [OFFICIAL] = "official", NULL};

static void set_paper(SnSettings *settings, SnSimpleNetSettings *own) {
  *own = (SnSimpleNetSettings){.adaptor_depth = 1,
                               .adaptor_optimizer = SN_ADAM,
                               .adaptor_rate = 1e-4,
                               .adaptor_decay = 1e-5,
                               .discriminator_depth = 2,
                               .hidden = 1024,
                               .discriminator_rate = 2e-4,
                               .discriminator_decay = 1e-5,
                               .cosine = SN_COSINE_NO,
                               .loss = SN_LOSS_TRUNCATED_L1,
                               .margin = 0.5,
                               .sigma = 0.015,
                               .noise_mix = 1,
                               .batch_from = SN_BATCH_FROM_IMAGES,
                               .heads = 1};
  settings->view = (SnViewSettings){.white_level = SN_WHITE_LEVEL_FULL,
                                    .resize = {256, 0},
                                    .crop = {224, 224},
                                    .fit = SN_FIT_CROP,
                                    .mask_threshold = 0.5};
  settings->features = (SnFeatureSettings){
      .backbone = "wide_resnet50_2", .levels = {2, {2, 3}}, .pooling = SN_POOLING_MEAN, .dimension = 1536, .patch = 3};
  settings->map = (SnMapSettings){.smoothing = 4, .image_score = SN_IMAGE_SCORE_PATCH};
  settings->training = (SnTrainingSettings){.batch = 4, .epochs = 160};
}

/* Where the released code differs from the paper. */
static void set_official(SnSettings *settings, SnSimpleNetSettings *own) {
  own->adaptor_bias = true;
  own->adaptor_optimizer = SN_ADAMW;
  own->adaptor_decay = 0.01;
  settings->view.resize = sn_one_side(329);
  settings->view.crop = sn_square(288);
  settings->features.pooling = SN_POOLING_ADAPTIVE;
  settings->training.batch = 8;
}

/* What makes the result depend less on chance (docs/robust.md). */
static void set_robust(SnSettings *settings, SnSimpleNetSettings *own) {
  own->batch_from = SN_BATCH_FROM_PATCHES;
  own->loss = SN_LOSS_CROSS_ENTROPY;
  own->sigma = 0.03;
  own->adaptor_rate = 3e-4;
  own->discriminator_rate = 6e-4;
  own->cosine = SN_COSINE_AT_PLATEAU;
  settings->features.scale = SN_FEATURE_SCALE_MEASURED;
  settings->training = (SnTrainingSettings){.batch = 1, .epochs = 60};
}

void sn_simplenet_preset(int number, SnSettings *settings) {
  SnSimpleNetSettings own;
  set_paper(settings, &own);
  if (number == OFFICIAL) set_official(settings, &own);
  if (number == ROBUST) set_robust(settings, &own);
  sn_set_simplenet_settings(settings, &own);
}

/* Level 1 joins: the embedded backbone's is only 48 channels wide, and it sees the small defects. The whole drawing is
 * looked at. Three heads, since 12 good drawings tell by a hair (docs/robust.md). */
const char *const sn_simplenet_demo[] = {"levels", "1,2,3", "grid-level", "2", "crop", "256", "heads", "3", NULL};

bool sn_simplenet_check(const SnSettings *settings) {
  SnSimpleNetSettings own = sn_simplenet_settings(settings);
  return own.margin > 0 || own.loss != SN_LOSS_TRUNCATED_L1 ||
         sn_fail("--margin: expected a number above 0: with 0 a discriminator that always says 0 is perfect");
}
