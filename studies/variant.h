/* A variation of a method that is compared with others: a row of a table, a point of a figure. */
#ifndef SN_STUDIES_VARIANT_H
#define SN_STUDIES_VARIANT_H

#include "anomaly/method.h"

enum { SN_VARIANT_NAME = 48 };

typedef struct SnVariant {
  char name[SN_VARIANT_NAME];  /* as a folder: "levels-2,3" */
  char label[SN_VARIANT_NAME]; /* for people: "2+3" */
  const char *weights;         /* the backbone's file; NULL: the embedded one */
  SnSettings settings;
} SnVariant;

/* Whether each level's features are the same whichever other levels there are. */
bool sn_levels_are_independent(const SnSettings *settings);

bool sn_variant_has_backbone(const SnVariant *variant); /* its method asks for one */

/* Whether one extraction of features serves both. Where levels are independent, those of all levels that either uses
 * are extracted, and each takes its own. */
bool sn_variants_share_features(const SnVariant *a, const SnVariant *b);

/* Whether they take the same time and memory, given that they share their features. */
bool sn_variants_cost_the_same(const SnVariant *a, const SnVariant *b);

/* Settings for the features of all of these variants, which share them. */
SnSettings sn_variants_feature_settings(const SnVariant *const *variants, int64_t count);

#endif
