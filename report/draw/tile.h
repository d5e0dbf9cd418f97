/* The pieces that panels and contact sheets are made of: photograph, ground truth, heat map, and its legend. */
#ifndef SN_REPORT_DRAW_TILE_H
#define SN_REPORT_DRAW_TILE_H

#include "base/size.h"
#include "report/draw/colormap.h"
#include "report/draw/picture.h"

/* One image and what is known of it. Everything is borrowed; photograph, mask and map show the same section, each at
 * its own resolution from 1 x 1, which are stretched over the tile. */
typedef struct SnExhibit {
  const char *name;  /* caption: the file */
  const char *label; /* the truth in words ("good", "broken_large"); NULL where it is not known */
  double score;
  int64_t photograph_height, photograph_width;
  const uint8_t *photograph; /* [height, width, 3] RGB */
  int64_t mask_height, mask_width;
  const uint8_t *mask; /* [height, width], 0 defect-free; NULL: none */
  int64_t map_height, map_width;
  const float *map; /* [height, width] anomaly map */
} SnExhibit;

/* What the colours of heat maps stand for: one scale for all images that are to be compared. */
typedef struct SnScale {
  double low, high; /* the scores of the first and the last colour */
  double threshold; /* marked in legend and heat map; NaN: none */
} SnScale;

/* The scale over count map values: from the smallest to the largest. Infinite and NaN values do not count. */
SnScale sn_scale_of(const float *values, int64_t count, double threshold);

/* An error unless both ends are finite. */
bool sn_scale_check(const SnScale *scale);

/* A pixel of a heat map: the colour of its value over the photograph in grey. */
SnColor sn_heat_color(SnColor photograph, double value, const SnScale *scale, const SnColormap *colors);

/* Decimals with which scores of this scale are written: three figures of its range. */
int sn_scale_decimals(const SnScale *scale);

/* The tile of a section of photographs: of its proportions, the longer side `side` and the shorter one a quarter of
 * that at least. */
SnSize sn_tile_size(SnSize section, int64_t side);

/* Each draws a tile at (x, y), in a hairline frame just outside; false only for want of memory. */

bool sn_draw_photograph(SnPicture *picture, int64_t x, int64_t y, SnSize tile, const SnExhibit *exhibit);

/* The photograph with the mask's outline; the plain photograph when there is no mask. */
bool sn_draw_ground_truth(SnPicture *picture, int64_t x, int64_t y, SnSize tile, const SnExhibit *exhibit);

/* The map in colour over the photograph in grey, with a white outline where it reaches the threshold. */
bool sn_draw_heat_map(SnPicture *picture, int64_t x, int64_t y, SnSize tile, const SnExhibit *exhibit,
                      const SnScale *scale, const SnColormap *colors);

/* A colour bar of the given height, ends, round values between them and the threshold written beside it; takes
 * SN_LEGEND_WIDTH pixels. */
enum { SN_LEGEND_WIDTH = 84 };
void sn_draw_legend(SnPicture *picture, int64_t x, int64_t y, int64_t height, const SnScale *scale,
                    const SnColormap *colors);

#endif
