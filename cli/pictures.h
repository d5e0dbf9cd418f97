/* One PNG for a test image or a photograph. */
#ifndef SN_CLI_PICTURES_H
#define SN_CLI_PICTURES_H

#include "base/output_names.h"
#include "datasets/dataset.h"
#include "report/draw/tile.h"

enum { SN_PICTURE_SIDE = 320 }; /* pixels of its tiles' longer side */

/* What a model said of one image. label and mask may be NULL: not known. */
typedef struct SnPictureOf {
  const SnSample *sample;
  const char *name; /* caption */
  const char *label;
  const uint8_t *thumbnail; /* [height, width, 3] of sn_thumbnail_size(): what the model looked at */
  SnSize size;              /* of map and mask */
  const float *map;
  const uint8_t *mask;
  double score;
} SnPictureOf;

/* Of a picture of maps of that size. */
SnSize sn_thumbnail_size(SnSize map);

/* Writes the picture that `names` has a name for, and makes its folder. */
bool sn_write_picture(const SnOutputNames *names, const SnPictureOf *what, const SnScale *scale,
                      double score_threshold);

#endif
