/* One PNG for a test image or a photograph. */
#ifndef SN_CLI_PICTURES_H
#define SN_CLI_PICTURES_H

#include "datasets/dataset.h"
#include "models/simplenet/model.h"
#include "report/tile.h"

/* What a model said of one image. mask may be NULL. */
typedef struct SnPictureOf {
  const SnSample *sample;
  const char *name;    /* caption */
  const char *label;   /* NULL: not known */
  const float *map;    /* [crop, crop] */
  const uint8_t *mask; /* [crop, crop] */
  double score;
} SnPictureOf;

/* Writes folder/NAME.png, NAME being the image's with every slash an underscore and without its extension. */
bool sn_write_picture(const char *folder, const SnSimpleNetSettings *settings, const SnPictureOf *what,
                      const SnScale *scale, double score_threshold);

#endif
