/* A variation of a method that is compared with others: a row of a table, a point of a figure. */
#ifndef SN_STUDIES_VARIANT_H
#define SN_STUDIES_VARIANT_H

#include "models/simplenet/settings.h"

enum { SN_VARIANT_NAME = 48 };

typedef struct SnVariant {
  char name[SN_VARIANT_NAME];  /* as a folder: "levels-2,3" */
  char label[SN_VARIANT_NAME]; /* for people: "2+3" */
  const char *weights;         /* the backbone's file; NULL: the embedded one */
  SnSimpleNetSettings settings;
} SnVariant;

/* Whether one extraction of features serves both. The paper's features may be of different levels: those of all levels
 * that either uses are extracted, and each takes its own. */
bool sn_variants_share_features(const SnVariant *a, const SnVariant *b);

/* Whether they take the same time and memory, given that they share their features. */
bool sn_variants_cost_the_same(const SnVariant *a, const SnVariant *b);

/* Settings for the features of all of these variants, which share them. */
SnSimpleNetSettings sn_variants_feature_settings(const SnVariant *const *variants, int64_t count);

#endif
