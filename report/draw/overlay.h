/* A photograph at its own size with its anomaly map over it. */
#ifndef SN_REPORT_DRAW_OVERLAY_H
#define SN_REPORT_DRAW_OVERLAY_H

#include "datasets/transform.h"
#include "report/draw/tile.h"

/* Colours the part of a photograph that the map covers: values [height, width] of sn_whole_map
 * (report/draw/whole_map.h) over the pixels in grey. mask [height, width] of sn_whole_mask, or NULL: what is to be
 * outlined in white. The rest of the photograph stays as it is. */
bool sn_draw_overlay(SnPicture *photograph, const float *values, SnRectangle covered, const uint8_t *mask,
                     const SnScale *scale);

#endif
