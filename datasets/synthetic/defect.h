/* What the kinds of synthetic defects are given, and the list of them. Places and lengths are in units of the shorter
 * side of the area that is looked at, from its upper left corner; colours run from 0 to 1 as they are stored. */
#ifndef SN_DATASETS_SYNTHETIC_DEFECT_H
#define SN_DATASETS_SYNTHETIC_DEFECT_H

#include "datasets/generated/arithmetic.h"
#include "datasets/generated/shapes.h"
#include "datasets/image.h"
#include "datasets/transform.h"

typedef struct SnDefect {
  const SnImage *photograph; /* without the defect */
  SnRectangle area;          /* in the photograph's pixels */
  float side;                /* pixels of a unit */
  SnDraws draws;
  SnNoise noise;
  float x, y;     /* centre */
  float radius;   /* of a compact defect */
  float strength; /* 0 faint to 1 plain */
  /* chosen by the kind, as it needs them */
  SnBlob blob;
  SnPath path;
  float width, soft, opacity;
  float colour[3];
  float shift_x, shift_y, cosine, sine; /* from here to where a piece comes from */
  uint8_t *texture;                     /* [SN_DEFECT_TEXTURE, SN_DEFECT_TEXTURE, 3]; released by the caller */
} SnDefect;

enum { SN_DEFECT_TEXTURE = 192 };

typedef struct SnDefectKind {
  const char *name;
  /* Draws what the defect is like; returns how far it reaches from its centre, at most. */
  float (*choose)(SnDefect *defect);
  /* Returns how much of (x, y) is covered, 0 to 1. Where that is above 0, rgb, on entry the photograph's colour there,
   * becomes the defect's. */
  float (*paint)(const SnDefect *defect, float x, float y, float *rgb);
} SnDefectKind;

extern const SnDefectKind sn_defect_cut_paste, sn_defect_scar, sn_defect_texture, sn_defect_blur, sn_defect_tint,
    sn_defect_missing;

/* The photograph's colour at a place, interpolated between pixels; beyond its border the border's. */
void sn_defect_sample(const SnDefect *defect, float x, float y, float *rgb);

/* Cover of a blob with a soft edge. */
static inline float sn_defect_blob_cover(const SnDefect *defect, float x, float y) {
  return sn_step(defect->soft, -defect->soft, sn_blob_distance(&defect->blob, &defect->noise, x, y));
}

/* A blob at the defect's centre, with an edge of `soft`, at least about a pixel; returns how far it reaches. */
float sn_defect_choose_blob(SnDefect *defect, float radius, float stretch, float uneven, float soft);

#endif
