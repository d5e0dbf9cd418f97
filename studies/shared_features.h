/* The features of a category that several trials share: extracted once, for all levels that any variant uses. Then the
 * backbone's weights are released.
 *
 * A trial on them ends as `simplenet train` with the same settings does, bit for bit. */
#ifndef SN_STUDIES_SHARED_FEATURES_H
#define SN_STUDIES_SHARED_FEATURES_H

#include "anomaly/run.h"
#include "studies/variant.h"

typedef struct SnSharedFeatures {
  int64_t done, total; /* images, training, calibration and test together */
  double seconds;      /* that the extraction took */
  SnModel *extractor;  /* whose backbone gives them */
  SnDataset *dataset;
  SnLargeMemory *memory;
  SnNames *skipped;         /* as SnExtractionOptions has it; NULL, unless it is set before the extraction */
  SnFeatures *train, *test; /* test and truth NULL where the test images are left alone */
  SnFeatures *calibration;  /* NULL where the data set has no images for it */
  SnTruth *truth;
  SnExtraction *extraction; /* of one of them, while it lasts */
  bool tested;
} SnSharedFeatures;

/* Of variants that share their features (sn_variants_share_features), in the innermost scope. tested: of the test
 * images, too. memory (tensor/storage.h) may be NULL. */
SnSharedFeatures *sn_shared_features_new(SnDataset *dataset, const SnVariant *const *variants, int64_t count,
                                         bool tested, SnLargeMemory *memory);

/* The next batch of images; false when all are done, or on failure. */
bool sn_shared_features_next(SnSharedFeatures *shared);

/* A run of a variant's settings on the levels that it uses, in the innermost scope. All features must be there. */
SnRun *sn_shared_features_run(SnSharedFeatures *shared, const SnSettings *settings, const SnRunOptions *options);

#endif
