/* A small copy of the part of a photograph that a model looks at, for pictures. */
#ifndef SN_DATASETS_THUMBNAIL_H
#define SN_DATASETS_THUMBNAIL_H

#include "datasets/image.h"
#include "datasets/transform.h"

/* What the transform's crop covers, resampled to that size: thumbnail [height,width,3] RGB. */
bool sn_make_thumbnail(const SnTransform *transform, const SnImage *photograph, SnSize size, uint8_t *thumbnail);

#endif
