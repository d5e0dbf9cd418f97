/* One PNG for a test image or a photograph. */
#ifndef SN_CLI_PICTURES_H
#define SN_CLI_PICTURES_H

#include "base/output_names.h"
#include "datasets/dataset.h"
#include "report/draw/tile.h"

enum { SN_PICTURE_SIDE = 320 }; /* pixels of its tiles */

/* What a model said of one image. label and mask may be NULL: not known. */
typedef struct SnPictureOf {
  const SnSample *sample;
  const char *name; /* caption */
  const char *label;
  const uint8_t *thumbnail; /* [SN_PICTURE_SIDE, SN_PICTURE_SIDE, 3]: what the model looked at */
  int64_t side;             /* of map and mask */
  const float *map;
  const uint8_t *mask;
  double score;
} SnPictureOf;

/* Writes the picture that `names` has a name for, and makes its folder. */
bool sn_write_picture(const SnOutputNames *names, const SnPictureOf *what, const SnScale *scale,
                      double score_threshold);

#endif
