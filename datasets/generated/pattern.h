/* The patterns of the pretraining images: functions of the plane, one repeat a unit, in families of one file each. */
#ifndef SN_DATASETS_GENERATED_PATTERN_H
#define SN_DATASETS_GENERATED_PATTERN_H

#include <stdbool.h>

#include "datasets/generated/arithmetic.h"
#include "datasets/generated/noise.h"

typedef struct SnPattern {
  SnNoise noise;
  int variant;   /* which of its family */
  float a, b, c; /* uniform in [0, 1), drawn for each image */
  float pixel;   /* width of a pixel in units */
} SnPattern;

typedef struct SnPoint {
  float tone;   /* 0 ground to 1 figure */
  float height; /* in units */
  float part;   /* a number in [0, 1) of the part (tile, thread, cell) that the point belongs to */
} SnPoint;

typedef SnPoint SnPatternFunction(const SnPattern *pattern, float x, float y);

/* 1 inside (negative distance), 0 outside, an edge of one pixel between. */
static inline float sn_inside(const SnPattern *pattern, float distance) {
  return sn_clamp(0.5f - 0.7f * distance / pattern->pixel, 0, 1);
}

/* pattern_lattice.c: what repeats on a lattice */
SnPatternFunction sn_pattern_weave;   /* plain, twill, satin, basket, knit */
SnPatternFunction sn_pattern_stripes; /* sine, even, thin, double, dashed, chequered, zigzag, wavy, plaid, mesh */
SnPatternFunction sn_pattern_tiles;   /* square, brick, hexagon, herringbone, triangle */
SnPatternFunction sn_pattern_scales;
SnPatternFunction sn_pattern_truchet; /* arcs, diagonals */

/* pattern_figures.c: figures strewn over a ground, one in each cell */
SnPatternFunction sn_pattern_dots;   /* in rows, packed, strewn, rings, specks, crescents */
SnPatternFunction sn_pattern_shapes; /* triangles, squares, hexagons, stars, crosses, corners, half discs, bars */
SnPatternFunction sn_pattern_fibres; /* combed, crossing, curled */
SnPatternFunction sn_pattern_glyphs;

/* pattern_random.c: random fields */
SnPatternFunction sn_pattern_cells; /* patches, cracks, pebbles, facets, bubbles, cobbles */
SnPatternFunction sn_pattern_noise; /* rough, medium, smooth, ridged, billowy, brushed, blotched, camouflage, marble,
                                       islands, contours, hatched */
SnPatternFunction sn_pattern_grain; /* fibres with pores, annual rings */

/* pattern_single.c: one thing in the image, which spans -1 to 1 */
SnPatternFunction sn_pattern_radial; /* rings, spokes, spiral, polar chequers */
SnPatternFunction sn_pattern_object; /* disc, ring, square, gear, cross, capsule */
SnPatternFunction sn_pattern_plain;  /* nothing, scratch, pit, smudge, step, corner, crossing */

#endif
