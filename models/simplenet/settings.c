#include "models/simplenet/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "datasets/transform.h"
#include "nn/optimizer.h"

/* clang-format off */
#define FIELD(member) offsetof(SnSimpleNetSettings, member)
const SnSetting sn_settings[] = {
    {"levels", SN_SETTING_LEVELS, FIELD(levels), 0, 0, NULL, "backbone levels that give features, from 1 to 4"},
    {"grid-level", SN_SETTING_INTEGER, FIELD(grid_level), 0, SN_SETTING_LAST_LEVEL, NULL, "level whose grid the features take; 0: the first of --levels"},
    {"features", SN_SETTING_CHOICE, FIELD(features), 0, 0, "paper|official", "neighbourhood mean, or unfolded and pooled to --dimension"},
    {"dimension", SN_SETTING_INTEGER, FIELD(dimension), 1, 1 << 14, NULL, "channels that official features are pooled to"},
    {"patch", SN_SETTING_INTEGER, FIELD(patch), 1, 31, NULL, "side of the neighbourhood, odd"},
    {"orientation", SN_SETTING_CHOICE, FIELD(orientation), 0, 0, "stored|exif", "photographs as they are stored, or turned as their EXIF orientation says"},
    {"white-level", SN_SETTING_INTEGER, FIELD(white_level), 1, 65535, NULL, "value of 16-bit photographs that is white: 4095 for a camera of 12 bits"},
    {"resize", SN_SETTING_INTEGER, FIELD(resize), 1, 1 << 14, NULL, "pixels of the photograph's short side"},
    {"crop", SN_SETTING_INTEGER, FIELD(crop), 32, 1 << 14, NULL, "pixels of the centre square that is looked at"},
    {"fit", SN_SETTING_CHOICE, FIELD(fit), 0, 0, "crop|squash", "cut the square out, or squash the photograph into it"},
    {"adaptor-depth", SN_SETTING_INTEGER, FIELD(adaptor_depth), 0, 8, NULL, "linear layers of the adaptor, leaky ReLU between; 0: none"},
    {"adaptor-bias", SN_SETTING_CHOICE, FIELD(adaptor_bias), 0, 0, "no|yes", "bias in the adaptor's layers"},
    {"adaptor-optimizer", SN_SETTING_CHOICE, FIELD(adaptor_optimizer), 0, 0, "adam|adamw", "decay as L2 gradient, or decoupled"},
    {"adaptor-rate", SN_SETTING_REAL, FIELD(adaptor_rate), 0, 1, NULL, "the adaptor's learning rate"},
    {"adaptor-decay", SN_SETTING_REAL, FIELD(adaptor_decay), 0, 1, NULL, "the adaptor's weight decay"},
    {"discriminator-depth", SN_SETTING_INTEGER, FIELD(discriminator_depth), 1, 8, NULL, "linear layers of the discriminator"},
    {"hidden", SN_SETTING_INTEGER, FIELD(hidden), 1, 1 << 14, NULL, "channels inside the discriminator"},
    {"discriminator-rate", SN_SETTING_REAL, FIELD(discriminator_rate), 0, 1, NULL, "the discriminator's learning rate"},
    {"discriminator-decay", SN_SETTING_REAL, FIELD(discriminator_decay), 0, 1, NULL, "the discriminator's L2 weight decay"},
    {"cosine", SN_SETTING_CHOICE, FIELD(cosine), 0, 0, "no|yes|to-zero", "by a cosine over all epochs: yes lowers the discriminator's rate to 0.4 of itself, to-zero both rates to 0"},
    {"loss", SN_SETTING_CHOICE, FIELD(loss), 0, 0, "truncated-l1|cross-entropy", "what the discriminator is trained by"},
    {"margin", SN_SETTING_REAL, FIELD(margin), 0, 1e3, NULL, "th of the truncated L1 loss"},
    {"sigma", SN_SETTING_REAL, FIELD(sigma), 0, 1e3, NULL, "standard deviation of the noise that makes anomalous features"},
    {"noise-mix", SN_SETTING_INTEGER, FIELD(noise_mix), 1, 64, NULL, "number of standard deviations sigma 1.1^k to draw from"},
    {"batch", SN_SETTING_INTEGER, FIELD(batch), 1, 1 << 12, NULL, "images a training step"},
    {"epochs", SN_SETTING_INTEGER, FIELD(epochs), 1, 1000000, NULL, "passes over the training images"},
    {"seed", SN_SETTING_INTEGER, FIELD(seed), 0, 9007199254740991, NULL, "of initialisation, order and noise"},
    {"smoothing", SN_SETTING_REAL, FIELD(smoothing), 0, 1e3, NULL, "sigma of the anomaly map's Gaussian, in pixels; 0: none"},
    {"image-score", SN_SETTING_CHOICE, FIELD(image_score), 0, 0, "patch|map", "maximum of the patch scores, or of the smoothed map"},
    {"mask-threshold", SN_SETTING_REAL, FIELD(mask_threshold), 0, 1, NULL, "share of white above which a mask's pixel is defect"},
};
/* clang-format on */
const int sn_setting_count = (int)(sizeof sn_settings / sizeof *sn_settings);

bool sn_settings_preset(const char *preset, SnSimpleNetSettings *settings) {
  *settings = (SnSimpleNetSettings){.backbone = "wide_resnet50_2",
                                    .levels = 1 << 1 | 1 << 2,
                                    .features = SN_FEATURES_PAPER,
                                    .dimension = 1536,
                                    .patch = 3,
                                    .white_level = SN_WHITE_LEVEL_FULL,
                                    .resize = 256,
                                    .crop = 224,
                                    .fit = SN_FIT_CROP,
                                    .adaptor_depth = 1,
                                    .adaptor_bias = SN_NO,
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
                                    .batch = 4,
                                    .epochs = 160,
                                    .seed = 0,
                                    .smoothing = 4,
                                    .image_score = SN_SCORE_PATCH,
                                    .mask_threshold = 0.5};
  if (strcmp(preset, "paper") == 0) return true;
  if (strcmp(preset, "official") != 0) return sn_fail("preset: expected paper or official, found '%.40s'", preset);
  settings->features = SN_FEATURES_OFFICIAL;
  settings->resize = 329;
  settings->crop = 288;
  settings->adaptor_bias = SN_YES;
  settings->adaptor_optimizer = SN_ADAMW;
  settings->adaptor_decay = 0.01;
  settings->batch = 8;
  return true;
}

const SnSetting *sn_setting_find(const char *name) {
  for (int i = 0; i < sn_setting_count; i++)
    if (strcmp(sn_settings[i].name, name) == 0) return &sn_settings[i];
  return NULL;
}

const char *sn_setting_when_absent(const SnSetting *setting) {
  return strcmp(setting->name, "white-level") == 0 ? "65535" : NULL;
}

static int64_t *integer_field(const SnSetting *setting, SnSimpleNetSettings *settings) {
  return (int64_t *)(void *)((char *)settings + setting->offset);
}

static double *real_field(const SnSetting *setting, SnSimpleNetSettings *settings) {
  return (double *)(void *)((char *)settings + setting->offset);
}

static bool parse_choice(const SnSetting *setting, const char *text, int64_t *value) {
  size_t length = strlen(text);
  int64_t position = 0;
  for (const char *choice = setting->choices; choice; position++) {
    const char *end = strchr(choice, '|');
    size_t size = end ? (size_t)(end - choice) : strlen(choice);
    if (size == length && strncmp(choice, text, size) == 0) {
      *value = position;
      return true;
    }
    choice = end ? end + 1 : NULL;
  }
  return sn_fail("--%s: expected %s, found '%.40s'", setting->name, setting->choices, text);
}

/* "2,3": each level once, in rising order. */
static bool parse_levels(const SnSetting *setting, const char *text, int64_t *levels) {
  int64_t bits = 0;
  char previous = '0';
  for (const char *c = text; *c > previous && *c <= '0' + SN_SETTING_LAST_LEVEL; c += 2) {
    bits |= (int64_t)1 << (*c - '1');
    previous = *c;
    if (c[1] == '\0') {
      *levels = bits;
      return true;
    }
    if (c[1] != ',') break;
  }
  return sn_fail("--%s: expected levels from 1 to %d in rising order, such as 2,3; found '%.40s'", setting->name,
                 SN_SETTING_LAST_LEVEL, text);
}

bool sn_setting_parse(const SnSetting *setting, const char *text, SnSimpleNetSettings *settings) {
  if (!sn_ok()) return false;
  char name[64];
  snprintf(name, sizeof name, "--%s", setting->name);
  switch (setting->kind) {
    case SN_SETTING_INTEGER:
      return sn_parse_integer(name, text, (int64_t)setting->minimum, (int64_t)setting->maximum,
                              integer_field(setting, settings));
    case SN_SETTING_REAL:
      return sn_parse_real(name, text, setting->minimum, setting->maximum, real_field(setting, settings));
    case SN_SETTING_CHOICE:
      return parse_choice(setting, text, integer_field(setting, settings));
    case SN_SETTING_LEVELS:
      return parse_levels(setting, text, integer_field(setting, settings));
  }
  return false;
}

static void print_levels(const SnSimpleNetSettings *settings, char *text, size_t size) {
  SnLevels levels = sn_settings_levels(settings);
  sn_levels_text(&levels, text, size);
}

static void print_choice(const SnSetting *setting, int64_t value, char *text, size_t size) {
  const char *choice = setting->choices;
  for (; value > 0 && choice; value--) choice = strchr(choice, '|') + 1;
  snprintf(text, size, "%.*s", (int)strcspn(choice, "|"), choice);
}

void sn_setting_print(const SnSetting *setting, const SnSimpleNetSettings *settings, char text[SN_SETTING_TEXT]) {
  SnSimpleNetSettings copy = *settings;
  switch (setting->kind) {
    case SN_SETTING_INTEGER:
      snprintf(text, SN_SETTING_TEXT, "%" PRId64, *integer_field(setting, &copy));
      break;
    case SN_SETTING_REAL:
      sn_number_text(*real_field(setting, &copy), text);
      break;
    case SN_SETTING_CHOICE:
      print_choice(setting, *integer_field(setting, &copy), text, SN_SETTING_TEXT);
      break;
    case SN_SETTING_LEVELS:
      print_levels(settings, text, SN_SETTING_TEXT);
      break;
  }
}

bool sn_settings_check(const SnSimpleNetSettings *settings) {
  if (!sn_ok()) return false;
  if (settings->grid_level > 0 && !(settings->levels >> (settings->grid_level - 1) & 1)) {
    char levels[SN_SETTING_TEXT];
    print_levels(settings, levels, sizeof levels);
    return sn_fail("--grid-level: expected one of --levels (%s), or 0 for the first, found %" PRId64, levels,
                   settings->grid_level);
  }
  if (settings->patch % 2 == 0) return sn_fail("--patch: expected an odd number, found %" PRId64, settings->patch);
  if (settings->fit == SN_FIT_CROP && settings->crop > settings->resize)
    return sn_fail("--crop: expected at most --resize (%" PRId64 "), found %" PRId64, settings->resize, settings->crop);
  if (settings->margin == 0 && settings->loss == SN_LOSS_TRUNCATED_L1)
    return sn_fail("--margin: expected a number above 0: with 0 a discriminator that always says 0 is perfect");
  return true;
}

SnLevels sn_settings_levels(const SnSimpleNetSettings *settings) {
  SnLevels levels = {.count = 0};
  for (int64_t level = 1; level <= SN_SETTING_LAST_LEVEL; level++)
    if (settings->levels >> (level - 1) & 1) levels.numbers[levels.count++] = level;
  return levels;
}

int sn_settings_grid_level(const SnSimpleNetSettings *settings) {
  return (int)(settings->grid_level > 0 ? settings->grid_level : sn_settings_levels(settings).numbers[0]);
}
