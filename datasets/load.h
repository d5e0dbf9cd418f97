/* One sample's photograph and ground truth, as they are or in the network's geometry. */
#ifndef SN_DATASETS_LOAD_H
#define SN_DATASETS_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/dataset.h"
#include "datasets/facts.h"
#include "datasets/image.h"
#include "datasets/mask.h"
#include "datasets/transform.h"

typedef struct SnLoadOptions {
  SnTransform transform;
  SnNormalization normalization; /* of photographs */
  double mask_threshold;         /* as in sn_transform_mask: 0.5 is usual */
  SnImageOptions image;          /* how files are decoded: EXIF orientation, limit */
  SnSize thumbnail;              /* size of thumbnails */
} SnLoadOptions;

/* The photograph in RGB: the decoded file, or a CIFAR-10 record (32 x 32). Errors name the file. */
bool sn_load_photograph(const SnSample *sample, const SnImageOptions *options, SnImage *image);

/* Its width and height, of which the header tells. */
bool sn_load_photograph_size(const SnSample *sample, const SnImageOptions *options, int64_t *width, int64_t *height);

/* The ground truth in the photograph's own size, grey: the pixelwise maximum of the sample's masks, each read by
 * sn_mask_read; *kind: whether any of them holds classes. Zero for a good sample and for one without masks. width
 * and height are the photograph's; a mask of another size is an error that names both. */
bool sn_load_mask_image(const SnDataset *dataset, const SnSample *sample, int64_t width, int64_t height,
                        const SnImageOptions *options, SnImage *mask, SnMaskKind *kind);

/* The network's input and ground truth: image is float32 [3,height,width] of the crop, mask uint8 [height,width] of 0
 * and 1. Either may be NULL. *mask_missing, which may be NULL: the sample is defective and has no mask, so its mask is
 * all zeros. What is to be known of the files is added to *facts, which may be NULL. */
bool sn_load_sample(const SnDataset *dataset, const SnSample *sample, const SnLoadOptions *options, float *image,
                    uint8_t *mask, bool *mask_missing, SnFacts *facts);

/* The same with a small copy of the photograph, uint8 [height,width,3] (datasets/thumbnail.h), NULL: none. */
bool sn_load_sample_with_thumbnail(const SnDataset *dataset, const SnSample *sample, const SnLoadOptions *options,
                                   float *image, uint8_t *thumbnail, uint8_t *mask, bool *mask_missing, SnFacts *facts);

/* That copy alone. */
bool sn_load_thumbnail(const SnSample *sample, const SnLoadOptions *options, uint8_t *thumbnail);

#endif
