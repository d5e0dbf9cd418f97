/* Anomaly maps at the resolution of the photograph. */
#ifndef SN_REPORT_DRAW_WHOLE_MAP_H
#define SN_REPORT_DRAW_WHOLE_MAP_H

#include "datasets/transform.h"

/* map [height, width] of `size`, which covers a rectangle of a photograph of width x height -> values [height, width]:
 * bilinear between the map's cells, and the map's minimum where it does not reach. */
void sn_whole_map(const float *map, SnSize size, SnRectangle covered, int64_t width, int64_t height, float *values);

#endif
