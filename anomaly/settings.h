/* Everything that can be chosen about a detector, split by what it is about.
 *
 * A table names each setting once, with its group; command-line options, help texts, model files, checkpoints and
 * results all come from it. A method adds rows of its own (anomaly/method.h). */
#ifndef SN_ANOMALY_SETTINGS_H
#define SN_ANOMALY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/size.h"
#include "models/backbones/backbone.h"

typedef struct SnMethod SnMethod;

/* Groups, as bits: a method names those that it has. */
typedef enum SnSettingGroup {
  SN_GROUP_VIEW = 1,      /* which part of a photograph is looked at, and how it is decoded */
  SN_GROUP_FEATURES = 2,  /* backbone, levels, grid, pooling */
  SN_GROUP_MAP = 4,       /* from patch scores to map and image score */
  SN_GROUP_MASKS = 8,     /* how a test reads masks: no part of training or scoring */
  SN_GROUP_SEED = 16,     /* chance in fitting */
  SN_GROUP_TRAINING = 32, /* epochs over the training images */
  SN_GROUP_METHOD = 64    /* the method's own */
} SnSettingGroup;

enum { SN_ORIENTATION_STORED, SN_ORIENTATION_EXIF };
enum { SN_POOLING_MEAN, SN_POOLING_ADAPTIVE };
enum { SN_UPSAMPLING_BILINEAR, SN_UPSAMPLING_NEAREST };
enum { SN_FEATURE_SCALE_AUTO, SN_FEATURE_SCALE_MEASURED, SN_FEATURE_SCALE_NONE };
enum { SN_IMAGE_SCORE_PATCH, SN_IMAGE_SCORE_MAP };
enum { SN_WHITE_LEVEL_FULL = 65535, SN_BACKBONE_NAME = 32 };

typedef struct SnViewSettings {
  int64_t orientation, white_level, fit; /* fit: SnFit */
  SnSize resize, crop;                   /* datasets/transform.h */
  double mask_threshold;
} SnViewSettings;

typedef struct SnFeatureSettings {
  char backbone[SN_BACKBONE_NAME];
  SnLevels levels;
  int64_t grid_level; /* whose grid the features take: one of levels; 0: the first */
  int64_t pooling, upsampling, dimension, patch;
  int64_t scale; /* anomaly/feature_scale.h */
} SnFeatureSettings;

typedef struct SnMapSettings {
  double smoothing; /* pixels */
  int64_t image_score;
} SnMapSettings;

typedef struct SnTrainingSettings {
  int64_t batch, epochs, seed;
} SnTrainingSettings;

enum { SN_OWN_SETTINGS = 32 };

typedef struct SnSettings {
  const SnMethod *method;
  SnViewSettings view;
  SnFeatureSettings features;
  SnMapSettings map;
  SnTrainingSettings training;
  int64_t own[SN_OWN_SETTINGS]; /* the bytes of the method's own structure of int64_t and double (sn_own_settings) */
} SnSettings;

typedef enum SnSettingKind {
  SN_SETTING_INTEGER,
  SN_SETTING_REAL,
  SN_SETTING_CHOICE,
  SN_SETTING_SIZE,     /* "224x448", height and width; "224" is a square */
  SN_SETTING_RESIZE,   /* the same, but "256" is the short side, whatever the other one becomes */
  SN_SETTING_BACKBONE, /* a name; brings the network's usual levels where the one before had others */
  SN_SETTING_LEVELS,   /* of the backbone, which is to be set before: "2,3" or "layer2,layer3" */
  SN_SETTING_LEVEL     /* a number or a name; 0: the first */
} SnSettingKind;

typedef struct SnSetting {
  const char *name; /* as an option: "--name" */
  SnSettingGroup group;
  SnSettingKind kind;
  size_t offset;           /* in SnSettings, of an int64_t, a double, an SnSize, a name or SnLevels */
  double minimum, maximum; /* of numbers and of a size's, both allowed */
  const char *choices;     /* "mean|adaptive": the value is the position */
  const char *help;
  const char *when_absent; /* its value in files that do not name it; NULL: it must be there */
  bool changes_cost;       /* of the method's own: whether time or memory depend on it */
} SnSetting;

/* The row of a method's own setting: `member` of the structure `type`. */
#define SN_OWN_OFFSET(type, member) (offsetof(SnSettings, own) + offsetof(type, member))

/* Copies the method's own structure of `size` bytes out of the settings, and into them. */
void sn_own_settings(const SnSettings *settings, size_t size, void *own);
void sn_set_own_settings(SnSettings *settings, size_t size, const void *own);

/* The settings of a method one after the other, those of its groups first, then its own; NULL beyond the last. */
const SnSetting *sn_setting_at(const SnMethod *method, int index);

/* NULL when the method has no setting of that name, without an error. */
const SnSetting *sn_setting_find(const SnMethod *method, const char *name);

/* The method's settings by its preset of that name, NULL for the first; an error lists the presets. */
bool sn_settings_preset(const SnMethod *method, const char *preset, SnSettings *settings);

/* The preset that the settings are nearest to, and in `changed` what differs from it: "sigma 0.05, levels 1,2,3"; ""
 * when nothing does. Backbone, seed and reading of masks are part of no preset. */
enum { SN_CHANGED_TEXT = 512 };
const char *sn_settings_nearest_preset(const SnSettings *settings, char changed[SN_CHANGED_TEXT]);

/* Parses a text into its field; an error names the setting and what was expected. */
bool sn_setting_parse(const SnSetting *setting, const char *text, SnSettings *settings);

/* sn_setting_find and sn_setting_parse; an error when the method has no such setting. */
bool sn_settings_set(SnSettings *settings, const char *name, const char *text);

enum { SN_SETTING_TEXT = 64 };
/* The field as a text that sn_setting_parse takes back to the same value. */
void sn_setting_print(const SnSetting *setting, const SnSettings *settings, char text[SN_SETTING_TEXT]);

/* Whether two settings of one method agree in every row of these groups. */
bool sn_settings_agree(const SnSettings *a, const SnSettings *b, unsigned groups);

/* What no single field can tell: the backbone has the levels, the crop fits what is resized, the method's own check …
 */
bool sn_settings_check(const SnSettings *settings);

/* Passes over the training images; 1 for a method without epochs. */
int64_t sn_settings_epochs(const SnSettings *settings);

/* The position in levels of the level whose grid the features take. */
int sn_settings_grid_index(const SnFeatureSettings *features);

#endif
