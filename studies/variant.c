#include "studies/variant.h"

#include <string.h>

bool sn_variants_share_features(const SnVariant *a, const SnVariant *b) {
  const SnSimpleNetSettings *s = &a->settings, *t = &b->settings;
  bool same_weights = a->weights && b->weights ? strcmp(a->weights, b->weights) == 0 : a->weights == b->weights;
  return same_weights && strcmp(s->backbone, t->backbone) == 0 && s->features == t->features &&
         (s->features == SN_FEATURES_PAPER || (s->levels == t->levels && s->dimension == t->dimension)) &&
         s->grid_level == t->grid_level && s->patch == t->patch && s->orientation == t->orientation &&
         s->white_level == t->white_level && s->resize == t->resize && s->crop == t->crop && s->fit == t->fit &&
         s->mask_threshold == t->mask_threshold;
}

SnSimpleNetSettings sn_variants_feature_settings(const SnVariant *const *variants, int64_t count) {
  SnSimpleNetSettings settings = variants[0]->settings;
  for (int64_t i = 1; i < count; i++) settings.levels |= variants[i]->settings.levels;
  return settings;
}

bool sn_variants_cost_the_same(const SnVariant *a, const SnVariant *b) {
  const SnSimpleNetSettings *s = &a->settings, *t = &b->settings;
  return s->levels == t->levels && s->grid_level == t->grid_level && s->adaptor_depth == t->adaptor_depth;
}
