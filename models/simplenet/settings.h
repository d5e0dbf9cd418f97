/* Everything that can be chosen about SimpleNet, with the paper's and the released code's values.
 *
 * One table names each setting once; command-line options, help texts, saved models and results all come from it. */
#ifndef SN_MODELS_SIMPLENET_SETTINGS_H
#define SN_MODELS_SIMPLENET_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/backbones/backbone.h"

enum { SN_FEATURES_PAPER, SN_FEATURES_OFFICIAL };
enum { SN_LOSS_TRUNCATED_L1, SN_LOSS_CROSS_ENTROPY };
enum { SN_SCORE_PATCH, SN_SCORE_MAP };
enum { SN_ORIENTATION_STORED, SN_ORIENTATION_EXIF };
enum { SN_COSINE_NO, SN_COSINE_YES, SN_COSINE_TO_ZERO };
enum { SN_NO, SN_YES };
enum { SN_WHITE_LEVEL_FULL = 65535, SN_SETTING_LAST_LEVEL = 4 };

typedef struct SnSimpleNetSettings {
  char backbone[32];
  int64_t levels;     /* bit l - 1 is set when level l is used */
  int64_t grid_level; /* whose grid local features take: one of them; 0: the first */
  int64_t features, dimension, patch;
  int64_t orientation, white_level, resize, crop, fit;    /* fit: SnFit */
  int64_t adaptor_depth, adaptor_bias, adaptor_optimizer; /* optimizer: SN_ADAM or SN_ADAMW */
  double adaptor_rate, adaptor_decay;
  int64_t discriminator_depth, hidden;
  double discriminator_rate, discriminator_decay;
  int64_t cosine;
  int64_t loss;
  double margin, sigma;
  int64_t noise_mix;
  int64_t batch, epochs, seed;
  double smoothing;
  int64_t image_score;
  double mask_threshold;
} SnSimpleNetSettings;

typedef enum SnSettingKind { SN_SETTING_INTEGER, SN_SETTING_REAL, SN_SETTING_CHOICE, SN_SETTING_LEVELS } SnSettingKind;

typedef struct SnSetting {
  const char *name; /* as an option: "--name" */
  SnSettingKind kind;
  size_t offset;           /* of its int64_t or double in SnSimpleNetSettings */
  double minimum, maximum; /* of numbers, both allowed */
  const char *choices;     /* "paper|official": the value is the position */
  const char *help;
} SnSetting;

extern const SnSetting sn_settings[];
extern const int sn_setting_count;

/* "paper" or "official" (as the authors' released code); false and an error for other names. The backbone is
 * wide_resnet50_2 in both. */
bool sn_settings_preset(const char *preset, SnSimpleNetSettings *settings);

const SnSetting *sn_setting_find(const char *name); /* NULL when there is none, without an error */

/* The value of a setting that a file of an earlier version does not name; NULL where every version names it. */
const char *sn_setting_when_absent(const SnSetting *setting);

/* Parses a text into its field; an error names the setting and what was expected. */
bool sn_setting_parse(const SnSetting *setting, const char *text, SnSimpleNetSettings *settings);

enum { SN_SETTING_TEXT = 32 };
/* The field as a text that sn_setting_parse takes back to the same value. */
void sn_setting_print(const SnSetting *setting, const SnSimpleNetSettings *settings, char text[SN_SETTING_TEXT]);

/* What no single field can tell: the patch is odd, the crop fits what is resized, … */
bool sn_settings_check(const SnSimpleNetSettings *settings);

SnLevels sn_settings_levels(const SnSimpleNetSettings *settings);
int sn_settings_grid_level(const SnSimpleNetSettings *settings); /* the first used one where none is set */

#endif
