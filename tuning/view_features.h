/* Features of one view, with which every candidate of that view is trained and tested: those of the good photographs,
 * and those of each round's test. Pulled, a batch at a time. */
#ifndef SN_TUNING_VIEW_FEATURES_H
#define SN_TUNING_VIEW_FEATURES_H

#include "anomaly/features.h"
#include "tuning/split.h"

typedef struct SnViewFeatures {
  SnModel *model; /* of the view's settings; once all features are there, without the backbone's weights */
  SnSplit *split;
  SnFeatures *good, *tests[SN_TUNING_ROUNDS];
  SnTruth *truths[SN_TUNING_ROUNDS];
  int64_t done, total; /* images; the total is known from the second list on, and a guess before */
  /* where it is */
  SnExtraction *extraction;
  SnLargeMemory *memory;
  SnNames *skipped; /* NULL: an image that cannot be read is an error */
  int list;         /* 0: the good photographs, then rounds from 1 */
  uint64_t seed;
} SnViewFeatures;

/* In the innermost scope, in which all of it must be called. */
SnViewFeatures *sn_view_features_new(const SnSettings *settings, const char *weights, SnSplit *split, SnNames *skipped,
                                     SnLargeMemory *memory);

/* The next batch; false when all is there, or on failure. */
bool sn_view_features_next(SnViewFeatures *features);

/* Gives up what is being read; to be called before the scope goes. */
void sn_view_features_stop(SnViewFeatures *features);

/* Whether candidates with these settings are trained on them. */
bool sn_view_features_serve(const SnViewFeatures *features, const SnSettings *settings);

/* Exchanges a round's block of good photographs with the last one, so that those that the round does not hold out are
 * first. Its own inverse: to be called again before another round. */
bool sn_view_features_exchange(SnViewFeatures *features, int round);

/* The good photographs without the last block, in the innermost scope, sharing memory. */
SnFeatures *sn_view_features_kept(const SnViewFeatures *features);

#endif
