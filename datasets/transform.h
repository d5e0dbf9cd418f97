/* From a photograph to the network's input: torchvision's Resize, CenterCrop, ToTensor and Normalize. */
#ifndef SN_DATASETS_TRANSFORM_H
#define SN_DATASETS_TRANSFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/image.h"
#include "datasets/normalization.h"

typedef enum SnFit {
  SN_FIT_CROP,  /* short side to `resize`, then the centre square of `crop` pixels */
  SN_FIT_SQUASH /* the whole photograph to a square of `crop` pixels, its proportions not kept; `resize` is unused */
} SnFit;

typedef struct SnTransform {
  int64_t resize, crop; /* pixels, at least 1: 256 and 224 in the paper */
  SnFit fit;
} SnTransform;

/* Size to which a photograph of width x height is resized before the crop. torchvision's Resize(n): the short side
 * becomes n, the long side int(n * long / short). */
void sn_transform_resized_size(const SnTransform *transform, int64_t width, int64_t height, int64_t *resized_width,
                               int64_t *resized_height);

/* A rectangle in pixels of the photograph: pixel (x, y) covers [x, x + 1) x [y, y + 1). */
typedef struct SnRectangle {
  double left, top, width, height;
} SnRectangle;

/* The part of a photograph of width x height that the crop covers, to lay a map of the crop over it. It reaches beyond
 * the photograph where the crop is larger than the resized photograph and is padded with black. */
SnRectangle sn_transform_covered(const SnTransform *transform, int64_t width, int64_t height);

/* Share of the photograph's area in [0, 1) that is outside the crop. */
double sn_transform_discarded_share(const SnTransform *transform, int64_t width, int64_t height);

/* True when the crop discards more than the margin it takes from a square photograph (23 % of the area for 256 and 224)
 * by at least one hundredth of the area: time to warn, with sn_transform_discarded_share() as the number. */
bool sn_transform_discards(const SnTransform *transform, int64_t width, int64_t height);

/* Writes the network's input: float32 [3, crop, crop], normalised as the network expects it. A grey image is repeated
 * in three channels. */
bool sn_transform_image(const SnTransform *transform, const SnNormalization *normalization, const SnImage *image,
                        float *output);

/* Writes a ground-truth mask [crop, crop] of 0 and 1, resized as the photograph is. A colour image is made grey first.
 * sn_mask_is_defect says which pixels count: 0.5 is the usual threshold, and 1 counts full white only. Padding
 * is 0. */
bool sn_transform_mask(const SnTransform *transform, const SnImage *image, double threshold, uint8_t *output);

#endif
