#include "report/draw/overlay.h"

#include "report/draw/outline.h"
#include "report/draw/whole_map.h"

bool sn_draw_overlay(SnPicture *photograph, const float *values, SnRectangle covered, const uint8_t *mask,
                     const SnScale *scale) {
  SnColormap colors;
  if (!sn_scale_check(scale)) return false;
  sn_colormap_make(&colors);
  for (int64_t i = 0; i < photograph->width * photograph->height; i++) {
    int64_t x = i % photograph->width, y = i / photograph->width;
    const uint8_t *pixel = photograph->pixels + 3 * i;
    if (!sn_is_covered(covered, x, y)) continue;
    SnColor below = {pixel[0], pixel[1], pixel[2]};
    sn_draw_pixel(photograph, x, y, sn_heat_color(below, (double)values[i], scale, &colors), 1.0);
  }
  return !mask || sn_draw_outline(photograph, 0, 0, mask, photograph->height, photograph->width, SN_RGB(0xffffff));
}
