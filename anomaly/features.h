/* Features of many images, computed once: a frozen backbone gives the same for every epoch.
 *
 *     SnExtraction *extraction = sn_extraction_new(model, dataset, samples, &options);
 *     while (sn_extraction_next(extraction)) show(extraction->done, extraction->total);
 *     SnFeatures *features = sn_extraction_end(extraction);
 */
#ifndef SN_ANOMALY_FEATURES_H
#define SN_ANOMALY_FEATURES_H

#include "anomaly/model.h"
#include "anomaly/truth.h"
#include "base/file.h"
#include "datasets/loader.h"
#include "plan/planned.h"

typedef struct SnFeatures {
  int count;
  SnTensor *levels[SN_MAX_LEVELS]; /* [images,h,w,channels] float32 (anomaly/local_features.h) */
  double scale[SN_MAX_LEVELS];     /* that each level was multiplied by (anomaly/feature_scale.h) */
  SnFacts facts;                   /* of the files that were read */
} SnFeatures;

/* The levels of images first … first + count - 1, sharing memory with the features. */
bool sn_features_levels(const SnFeatures *features, int64_t first, int64_t count, SnTensor **levels);

/* The same, assembled: [count,h,w,C]. */
SnTensor *sn_features_assembled(const SnModel *model, const SnFeatures *features, int64_t first, int64_t count);

typedef struct SnExtractionOptions {
  SnTruth *truth;   /* filled in from the samples' masks; NULL: masks are not read */
  SnNames *skipped; /* gets a sentence about each sample that cannot be loaded, which is taken out of the list; NULL:
                     * the first of them is an error */
  SnLargeMemory *memory; /* that the features may take (tensor/storage.h); NULL: no limit */
} SnExtractionOptions;

typedef struct SnExtraction {
  int64_t done, total; /* images */
  SnModel *model;
  SnSamples *samples;
  SnExtractionOptions options;
  SnFeatures *features;
  SnPlanned *planned;
  SnScope *plans;
  SnLoader *loader;
} SnExtraction;

/* In the innermost scope, which the features will belong to. */
SnExtraction *sn_extraction_new(SnModel *model, const SnDataset *dataset, SnSamples *samples,
                                const SnExtractionOptions *options);

/* The next batch; false when there was none left, or on failure. */
bool sn_extraction_next(SnExtraction *extraction);

/* Ends it, done or not. NULL on failure, when images are left, and when none could be loaded. */
SnFeatures *sn_extraction_end(SnExtraction *extraction);

/* All at once, for callers that show no progress. */
SnFeatures *sn_extract_features(SnModel *model, const SnDataset *dataset, SnSamples *samples,
                                const SnExtractionOptions *options);

#endif
