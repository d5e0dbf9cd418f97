/* Anomaly maps at the resolution of the photograph. */
#ifndef SN_REPORT_DRAW_WHOLE_MAP_H
#define SN_REPORT_DRAW_WHOLE_MAP_H

#include "datasets/transform.h"

/* map [height, width] of `size`, which covers a rectangle of a photograph of width x height -> values [height, width]:
 * bilinear between the map's cells, and the map's minimum where it does not reach. */
void sn_whole_map(const float *map, SnSize size, SnRectangle covered, int64_t width, int64_t height, float *values);

/* Whether the rectangle holds the middle of a pixel. */
bool sn_is_covered(SnRectangle covered, int64_t column, int64_t row);

/* values [height, width] of sn_whole_map -> mask [height, width]: 255 where the map reaches the threshold, else 0, and
 * 0 where it does not reach. */
void sn_whole_mask(const float *values, SnRectangle covered, int64_t width, int64_t height, double threshold,
                   uint8_t *mask);

#endif
