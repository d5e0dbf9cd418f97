/* From a photograph to the network's input: torchvision's Resize, CenterCrop, ToTensor and Normalize. */
#ifndef SN_DATASETS_TRANSFORM_H
#define SN_DATASETS_TRANSFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/size.h"
#include "datasets/image.h"
#include "datasets/normalization.h"
#include "datasets/resize.h"

/* What is done with a photograph of other proportions. */
typedef enum SnFit {
  SN_FIT_CROP,  /* the photograph to `resize`, then its centre of `crop` */
  SN_FIT_SQUASH /* the whole photograph to `crop`, its proportions not kept; `resize` is unused */
} SnFit;

/* How a photograph becomes the network's input. */
typedef struct SnTransform {
  SnSize resize; /* at least 1 pixel; of one side (width 0) the photograph's short side, whose proportions are kept */
  SnSize crop;   /* at least 1 x 1; the paper has a resize of 256 and a crop of 224 x 224 */
  SnFit fit;     /* what is cut off */
} SnTransform;

/* Size to which a photograph of width x height is resized before the crop. torchvision's Resize(n): the short side
 * becomes n, the long side int(n * long / short); or its Resize((height, width)): exactly that. */
void sn_transform_resized_size(const SnTransform *transform, int64_t width, int64_t height, int64_t *resized_width,
                               int64_t *resized_height);

/* A rectangle in pixels of the photograph: pixel (x, y) covers [x, x + 1) x [y, y + 1). */
typedef struct SnRectangle {
  double left, top, width, height; /* pixels; left and top from the photograph's corner */
} SnRectangle;

/* The part of a photograph of width x height that the crop covers, to lay a map of the crop over it. It reaches beyond
 * the photograph where the crop is larger than the resized photograph and is padded with black. */
SnRectangle sn_transform_covered(const SnTransform *transform, int64_t width, int64_t height);

/* Where a photograph lies in the crop: the size to which it is resized, the part of that which the crop takes, and
 * where in the crop this part begins. */
typedef struct SnPlacement {
  int64_t width, height; /* to which it is resized */
  SnWindow window;       /* the part of that which the crop takes */
  int64_t left, top;     /* where in the crop that begins */
} SnPlacement;

/* An error when the transform's sizes cannot be. */
bool sn_transform_place(const SnTransform *transform, int64_t width, int64_t height, SnPlacement *placement);

/* Share of the photograph's area in [0, 1) that is outside the crop. */
double sn_transform_discarded_share(const SnTransform *transform, int64_t width, int64_t height);

/* True when the crop discards more than a margin does, by at least one hundredth of the area: time to warn, with
 * sn_transform_discarded_share() as the number. The margin is what the crop takes from the axis that it leaves most of,
 * taken from both axes, as a share (23 % of the area for 256 and 224) or in pixels, whichever is more. */
bool sn_transform_discards(const SnTransform *transform, int64_t width, int64_t height);

/* Share of the crop's area in [0, 1) that a photograph of width x height does not reach, and that is black. */
double sn_transform_padded_share(const SnTransform *transform, int64_t width, int64_t height);

/* Writes the network's input: float32 [3, height, width] of the crop, normalised as the network expects it. A grey
 * image is repeated in three channels. */
bool sn_transform_image(const SnTransform *transform, const SnNormalization *normalization, const SnImage *image,
                        float *output);

/* Writes a ground-truth mask [height, width] of 0 and 1, resized as the photograph is. A colour image is made grey
 * first. sn_mask_is_defect says which pixels count: 0.5 is the usual threshold, and 1 counts full white only. Padding
 * is 0. */
bool sn_transform_mask(const SnTransform *transform, const SnImage *image, double threshold, uint8_t *output);

#endif
