#include "anomaly/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "anomaly/method.h"
#include "anomaly/settings_table.h"
#include "base/error.h"
#include "base/number.h"
#include "datasets/transform.h"

/* ---- the table ---- */

void sn_own_settings(const SnSettings *settings, size_t size, void *own) { memcpy(own, settings->own, size); }

void sn_set_own_settings(SnSettings *settings, size_t size, const void *own) { memcpy(settings->own, own, size); }

const SnSetting *sn_setting_at(const SnMethod *method, int index) {
  for (int i = 0; i < sn_shared_setting_count; i++)
    if ((method->groups & (unsigned)sn_shared_settings[i].group) && index-- == 0) return &sn_shared_settings[i];
  return index < method->setting_count ? &method->settings[index] : NULL;
}

const SnSetting *sn_setting_find(const SnMethod *method, const char *name) {
  const SnSetting *setting;
  for (int i = 0; (setting = sn_setting_at(method, i)); i++)
    if (strcmp(setting->name, name) == 0) return setting;
  return NULL;
}

bool sn_settings_preset(const SnMethod *method, const char *preset, SnSettings *settings) {
  char names[128] = "";
  *settings = (SnSettings){.method = method};
  for (int i = 0; method->presets[i]; i++) {
    size_t used = strlen(names);
    if (!preset || strcmp(preset, method->presets[i]) == 0) {
      method->preset(i, settings);
      return true;
    }
    snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? " or " : "", method->presets[i]);
  }
  return sn_fail("--preset: expected %s for the method %s, found '%.40s'", names, method->name, preset);
}

/* How many settings differ from the preset's, and their names and values. */
static int differences(const SnSettings *settings, const SnSettings *preset, char changed[SN_CHANGED_TEXT]) {
  const unsigned apart = SN_GROUP_SEED | SN_GROUP_MASKS;
  const SnSetting *setting;
  int count = 0;
  size_t used = 0;
  *changed = '\0';
  for (int i = 0; (setting = sn_setting_at(settings->method, i)); i++) {
    char own[SN_SETTING_TEXT], other[SN_SETTING_TEXT];
    if (((unsigned)setting->group & apart) || setting->kind == SN_SETTING_BACKBONE) continue;
    sn_setting_print(setting, settings, own);
    sn_setting_print(setting, preset, other);
    if (strcmp(own, other) == 0) continue;
    snprintf(changed + used, SN_CHANGED_TEXT - used, "%s%s %s", count > 0 ? ", " : "", setting->name, own);
    used = strlen(changed);
    count++;
  }
  return count;
}

/* Of the settings' method, for their backbone. */
static SnSettings preset_for(const SnSettings *settings, int number) {
  SnSettings preset = {.method = settings->method};
  settings->method->preset(number, &preset);
  if (settings->method->groups & SN_GROUP_FEATURES) sn_settings_set(&preset, "backbone", settings->features.backbone);
  return preset;
}

const char *sn_settings_nearest_preset(const SnSettings *settings, char changed[SN_CHANGED_TEXT]) {
  const char *const *presets = settings->method->presets;
  int nearest = 0, fewest = -1;
  for (int i = 0; presets[i]; i++) {
    SnSettings preset = preset_for(settings, i);
    int count = differences(settings, &preset, changed);
    if (fewest >= 0 && count >= fewest) continue;
    nearest = i;
    fewest = count;
  }
  SnSettings preset = preset_for(settings, nearest);
  differences(settings, &preset, changed);
  return presets[nearest];
}

/* ---- one field ---- */

static int64_t integer_of(const SnSetting *setting, const SnSettings *settings) {
  int64_t value;
  memcpy(&value, (const char *)settings + setting->offset, sizeof value);
  return value;
}

static double real_of(const SnSetting *setting, const SnSettings *settings) {
  double value;
  memcpy(&value, (const char *)settings + setting->offset, sizeof value);
  return value;
}

static SnSize size_of(const SnSetting *setting, const SnSettings *settings) {
  SnSize value;
  memcpy(&value, (const char *)settings + setting->offset, sizeof value);
  return value;
}

static void store(const SnSetting *setting, const void *value, size_t size, SnSettings *settings) {
  memcpy((char *)settings + setting->offset, value, size);
}

static bool parse_size(const SnSetting *setting, const char *name, const char *text, SnSettings *settings) {
  SnSize size;
  if (!sn_parse_size(name, text, (int64_t)setting->minimum, (int64_t)setting->maximum, &size)) return false;
  if (setting->kind == SN_SETTING_SIZE && size.width == 0) size = sn_square(size.height);
  store(setting, &size, sizeof size, settings);
  return true;
}

static bool parse_choice(const SnSetting *setting, const char *text, SnSettings *settings) {
  size_t length = strlen(text);
  int64_t position = 0;
  for (const char *choice = setting->choices; choice; position++) {
    const char *end = strchr(choice, '|');
    size_t size = end ? (size_t)(end - choice) : strlen(choice);
    if (size == length && strncmp(choice, text, size) == 0) {
      store(setting, &position, sizeof position, settings);
      return true;
    }
    choice = end ? end + 1 : NULL;
  }
  return sn_fail("--%s: expected %s, found '%.40s'", setting->name, setting->choices, text);
}

/* Levels stay where networks count them alike, as ResNets do: a preset's are then meant for this one as well. */
static void take_usual_levels(const char *before, SnFeatureSettings *features) {
  SnLevels usual = sn_backbone_usual_levels(features->backbone), usual_before = {.count = 0};
  if (sn_backbone_exists(before)) usual_before = sn_backbone_usual_levels(before);
  if (sn_levels_equal(&usual, &usual_before)) return;
  features->levels = usual;
  features->grid_level = 0;
}

static bool parse_backbone(const SnSetting *setting, const char *text, SnSettings *settings) {
  if (!sn_backbone_exists(text) || strlen(text) >= SN_BACKBONE_NAME)
    return sn_fail("--%s: there is no backbone '%.40s'; `simplenet info` lists them", setting->name, text);
  char name[SN_BACKBONE_NAME] = "", before[SN_BACKBONE_NAME];
  memcpy(before, settings->features.backbone, sizeof before);
  memcpy(name, text, strlen(text));
  store(setting, name, sizeof name, settings);
  take_usual_levels(before, &settings->features);
  return sn_ok();
}

static bool parse_levels(const SnSetting *setting, const char *text, const SnSettings *settings, SnLevels *levels) {
  if (sn_parse_levels(settings->features.backbone, text, levels) || sn_is_shortage()) return sn_ok();
  SnError error = sn_error_take();
  return sn_fail("--%s: %s", setting->name, error.message);
}

static bool parse_level(const SnSetting *setting, const char *text, SnSettings *settings) {
  SnLevels levels = {.numbers = {0}};
  if (strcmp(text, "0") != 0) {
    if (!parse_levels(setting, text, settings, &levels)) return false;
    if (levels.count != 1) return sn_fail("--%s: expected one level, found '%.40s'", setting->name, text);
  }
  store(setting, &levels.numbers[0], sizeof levels.numbers[0], settings);
  return true;
}

bool sn_setting_parse(const SnSetting *setting, const char *text, SnSettings *settings) {
  if (!sn_ok()) return false;
  char name[64];
  int64_t integer;
  double real;
  snprintf(name, sizeof name, "--%s", setting->name);
  switch (setting->kind) {
    case SN_SETTING_INTEGER:
      if (sn_parse_integer(name, text, (int64_t)setting->minimum, (int64_t)setting->maximum, &integer))
        store(setting, &integer, sizeof integer, settings);
      break;
    case SN_SETTING_REAL:
      if (sn_parse_real(name, text, setting->minimum, setting->maximum, &real))
        store(setting, &real, sizeof real, settings);
      break;
    case SN_SETTING_CHOICE:
      return parse_choice(setting, text, settings);
    case SN_SETTING_SIZE:
    case SN_SETTING_RESIZE:
      return parse_size(setting, name, text, settings);
    case SN_SETTING_BACKBONE:
      return parse_backbone(setting, text, settings);
    case SN_SETTING_LEVELS:
      return parse_levels(setting, text, settings, &settings->features.levels);
    case SN_SETTING_LEVEL:
      return parse_level(setting, text, settings);
  }
  return sn_ok();
}

bool sn_settings_set(SnSettings *settings, const char *name, const char *text) {
  const SnSetting *setting = sn_setting_find(settings->method, name);
  if (!setting) return sn_fail("the method %s has no setting %.40s", settings->method->name, name);
  return sn_setting_parse(setting, text, settings);
}

static void print_choice(const SnSetting *setting, int64_t value, char text[SN_SETTING_TEXT]) {
  const char *choice = setting->choices;
  for (; value > 0 && choice; value--) choice = strchr(choice, '|') + 1;
  snprintf(text, SN_SETTING_TEXT, "%.*s", (int)strcspn(choice, "|"), choice);
}

static void print_size(const SnSetting *setting, SnSize size, char text[SN_SETTING_TEXT]) {
  bool square = setting->kind == SN_SETTING_SIZE && size.width == size.height;
  sn_size_text(square ? sn_one_side(size.height) : size, text);
}

void sn_setting_print(const SnSetting *setting, const SnSettings *settings, char text[SN_SETTING_TEXT]) {
  switch (setting->kind) {
    case SN_SETTING_INTEGER:
    case SN_SETTING_LEVEL:
      snprintf(text, SN_SETTING_TEXT, "%" PRId64, integer_of(setting, settings));
      break;
    case SN_SETTING_REAL:
      sn_number_text(real_of(setting, settings), text);
      break;
    case SN_SETTING_CHOICE:
      print_choice(setting, integer_of(setting, settings), text);
      break;
    case SN_SETTING_SIZE:
    case SN_SETTING_RESIZE:
      print_size(setting, size_of(setting, settings), text);
      break;
    case SN_SETTING_BACKBONE:
      snprintf(text, SN_SETTING_TEXT, "%s", settings->features.backbone);
      break;
    case SN_SETTING_LEVELS:
      sn_levels_text(&settings->features.levels, text, SN_SETTING_TEXT);
      break;
  }
}

/* ---- all fields ---- */

bool sn_settings_agree(const SnSettings *a, const SnSettings *b, unsigned groups) {
  const SnSetting *setting;
  char one[SN_SETTING_TEXT], other[SN_SETTING_TEXT];
  if (a->method != b->method) return false;
  for (int i = 0; (setting = sn_setting_at(a->method, i)); i++) {
    if (!(groups & (unsigned)setting->group)) continue;
    sn_setting_print(setting, a, one);
    sn_setting_print(setting, b, other);
    if (strcmp(one, other) != 0) return false;
  }
  return true;
}

int64_t sn_settings_epochs(const SnSettings *settings) {
  return (settings->method->groups & SN_GROUP_TRAINING) ? settings->training.epochs : 1;
}

int sn_settings_grid_index(const SnFeatureSettings *features) {
  int index = 0;
  for (int i = 0; i < features->levels.count; i++)
    if (features->levels.numbers[i] == features->grid_level) index = i;
  return index;
}

static bool check_features(const SnFeatureSettings *features) {
  char levels[SN_SETTING_TEXT];
  int64_t last = sn_backbone_level_count(features->backbone);
  bool has_grid = features->grid_level == 0;
  sn_levels_text(&features->levels, levels, sizeof levels);
  for (int i = 0; i < features->levels.count; i++) {
    has_grid |= features->levels.numbers[i] == features->grid_level;
    if (features->levels.numbers[i] > last)
      return sn_fail("--levels: expected levels from 1 to %" PRId64 " of the backbone %s, found %s", last,
                     features->backbone, levels);
  }
  if (!has_grid)
    return sn_fail("--grid-level: expected one of --levels (%s), or 0 for the first, found %" PRId64, levels,
                   features->grid_level);
  return features->patch % 2 == 1 || sn_fail("--patch: expected an odd number, found %" PRId64, features->patch);
}

/* Of a short side the other one is open until a photograph comes; where that is too short for the crop, there is black
 * beside it. */
static bool check_crop(const SnViewSettings *view) {
  SnSize crop = view->crop, resize = view->resize;
  bool square = crop.height == crop.width, open = resize.width == 0;
  int64_t shorter = crop.height < crop.width ? crop.height : crop.width;
  if (open ? shorter <= resize.height : crop.height <= resize.height && crop.width <= resize.width) return true;
  char texts[2][SN_SIZE_TEXT];
  return sn_fail("--crop: expected at most --resize (%s)%s, found %s", sn_size_text(resize, texts[0]),
                 open && !square ? " on its shorter side" : "",
                 sn_size_text(square ? sn_one_side(crop.height) : crop, texts[1]));
}

bool sn_settings_check(const SnSettings *settings) {
  if (!sn_ok()) return false;
  const SnViewSettings *view = &settings->view;
  if ((settings->method->groups & SN_GROUP_FEATURES) && !check_features(&settings->features)) return false;
  if (view->fit == SN_FIT_CROP && !check_crop(view)) return false;
  return !settings->method->check || settings->method->check(settings);
}
