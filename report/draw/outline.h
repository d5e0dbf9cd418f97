/* Lines around regions, visible on any background. */
#ifndef SN_REPORT_DRAW_OUTLINE_H
#define SN_REPORT_DRAW_OUTLINE_H

#include "report/draw/picture.h"

/* Draws the border of the region inside[height, width] (0 outside, anything else inside), whose left top pixel lies at
 * (x, y) of the picture: a line of `color`, 2 pixels wide, centred on the border, between dark edges of 1 pixel. Where
 * the region meets the array's own the region meets the array's own border there is no line. False only for want of
 * memory. */
bool sn_draw_outline(SnPicture *picture, int64_t x, int64_t y, const uint8_t *inside, int64_t height, int64_t width,
                     SnColor color);

#endif
