/* Local features of many images, computed once: the backbone is frozen and nothing is augmented. */
#ifndef SN_MODELS_SIMPLENET_FEATURES_H
#define SN_MODELS_SIMPLENET_FEATURES_H

#include "base/file.h"
#include "datasets/dataset.h"
#include "datasets/loader.h"
#include "models/simplenet/model.h"

/* Called between batches with the images done so far; false stops the work (without an error). */
typedef bool (*SnProgress)(void *context, int64_t done, int64_t total);

typedef struct SnFeatures {
  int part_count;
  SnTensor *parts[SN_MAX_LEVELS]; /* [images, cells, channels] float32, as sn_local_feature_parts gives them */
  uint8_t *masks;                      /* [images, crop, crop], 0 or 1; NULL unless asked for */
  bool *mask_missing;                  /* [images]: defective, but without a mask; NULL unless masks were asked for */
  SnFacts facts;                       /* of the files that were read */
} SnFeatures;

/* The parts [count, cells, channels] of images first … first + count - 1, sharing memory with the features. */
bool sn_features_parts(const SnFeatures *features, int64_t first, int64_t count, SnTensor **parts);

/* The local features of images first … first + count - 1, assembled: [count, grid * grid, channels]. */
SnTensor *sn_features_rows(const SnFeatures *features, int64_t first, int64_t count);

/* Loads the samples in the model's geometry and runs the backbone over them, in the innermost scope. NULL on failure,
 * and without an error when progress said stop. */
SnFeatures *sn_extract_features(SnSimpleNet *model, const SnDataset *dataset, const SnSamples *samples, bool with_masks,
                                SnProgress progress, void *context);

/* The same, but samples that cannot be loaded are taken out of the list, and `skipped` gets a sentence about each. When
 * none can be loaded, that is an error. */
SnFeatures *sn_extract_readable_features(SnSimpleNet *model, const SnDataset *dataset, SnSamples *samples,
                                         bool with_masks, SnNames *skipped, SnProgress progress, void *context);

#endif
