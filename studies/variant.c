#include "studies/variant.h"

#include <string.h>

bool sn_variant_has_backbone(const SnVariant *variant) {
  return (variant->settings.method->groups & SN_GROUP_FEATURES) != 0;
}

/* Pooled together, all levels make one feature. */
bool sn_levels_are_independent(const SnSettings *settings) {
  return (settings->method->groups & SN_GROUP_FEATURES) && settings->features.pooling == SN_POOLING_MEAN;
}

bool sn_variants_share_features(const SnVariant *a, const SnVariant *b) {
  bool same_weights = a->weights && b->weights ? strcmp(a->weights, b->weights) == 0 : a->weights == b->weights;
  SnSettings other = b->settings;
  if (sn_levels_are_independent(&a->settings)) { /* neither levels nor the pooled dimension matter */
    other.features.levels = a->settings.features.levels;
    other.features.dimension = a->settings.features.dimension;
  }
  return same_weights && sn_settings_agree(&a->settings, &other, SN_GROUP_VIEW | SN_GROUP_FEATURES | SN_GROUP_MASKS);
}

SnSettings sn_variants_feature_settings(const SnVariant *const *variants, int64_t count) {
  SnSettings settings = variants[0]->settings;
  SnLevels *all = &settings.features.levels;
  if (!sn_variant_has_backbone(variants[0])) return settings;
  const int64_t last = sn_backbone_level_count(settings.features.backbone);
  all->count = 0;
  for (int64_t number = 1; number <= last && all->count < SN_MAX_LEVELS; number++) {
    bool used = false;
    for (int64_t v = 0; v < count; v++)
      used = used || sn_level_index(&variants[v]->settings.features.levels, number) >= 0;
    if (used) all->numbers[all->count++] = number;
  }
  return settings;
}

bool sn_variants_cost_the_same(const SnVariant *a, const SnVariant *b) {
  const SnMethod *method = a->settings.method;
  char one[SN_SETTING_TEXT], other[SN_SETTING_TEXT];
  if (!sn_settings_agree(&a->settings, &b->settings, SN_GROUP_FEATURES | SN_GROUP_TRAINING)) return false;
  for (int i = 0; i < method->setting_count; i++) {
    const SnSetting *setting = &method->settings[i];
    sn_setting_print(setting, &a->settings, one);
    sn_setting_print(setting, &b->settings, other);
    if (setting->changes_cost && strcmp(one, other) != 0) return false;
  }
  return true;
}
