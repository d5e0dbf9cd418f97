/* Colours for numbers: one map, perceptually uniform and readable in greyscale. */
#ifndef SN_REPORT_DRAW_COLORMAP_H
#define SN_REPORT_DRAW_COLORMAP_H

#include "report/draw/picture.h"

enum { SN_COLORMAP_SIZE = 256 };

/* From near black over violet, red and orange to a pale yellow. A curve in Oklab (B. Ottosson, 2020): lightness rises
 * all the way while the hue turns, and nowhere leaves sRGB; entries are equally far apart on the curve. */
typedef struct SnColormap {
  SnColor colors[SN_COLORMAP_SIZE]; /* from the lowest value to the highest */
} SnColormap;

/* Fills in the colours. */
void sn_colormap_make(SnColormap *map);

/* The colour of value in the range from low (first colour) to high (last); beyond it the nearer end's; NaN and an
 * empty range: the first. */
SnColor sn_colormap_color(const SnColormap *map, double value, double low, double high);

#endif
