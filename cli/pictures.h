/* One PNG for a test image or a photograph. */
#ifndef SN_CLI_PICTURES_H
#define SN_CLI_PICTURES_H

#include "anomaly/settings.h"
#include "base/output_names.h"
#include "datasets/dataset.h"
#include "report/draw/tile.h"

/* What a model said of one image. mask may be NULL. */
typedef struct SnPictureOf {
  const SnSample *sample;
  const char *name;    /* caption */
  const char *label;   /* NULL: not known */
  const float *map;    /* [crop, crop] */
  const uint8_t *mask; /* [crop, crop] */
  double score;
} SnPictureOf;

/* Writes the picture that `names` has a name for, and makes its folder. */
bool sn_write_picture(const SnOutputNames *names, const SnViewSettings *view, const SnPictureOf *what,
                      const SnScale *scale, double score_threshold);

#endif
