#include "report/outline.h"

#include <math.h>

enum { REACH = 3 };

static const double half_line = 1.0, edge = 1.0, edge_opacity = 0.65;

/* From the pixel's centre to the border, half-way to the nearest pixel of the other kind; large when out of reach. */
static double distance_to_border(const uint8_t *inside, int64_t height, int64_t width, int64_t x, int64_t y) {
  bool kind = inside[y * width + x] != 0;
  int64_t nearest = 4 * REACH * REACH;
  for (int64_t row = y > REACH ? y - REACH : 0; row <= y + REACH && row < height; row++)
    for (int64_t column = x > REACH ? x - REACH : 0; column <= x + REACH && column < width; column++) {
      int64_t square = (row - y) * (row - y) + (column - x) * (column - x);
      if (square < nearest && (inside[row * width + column] != 0) != kind) nearest = square;
    }
  return sqrt((double)nearest) - 0.5;
}

void sn_draw_outline(SnPicture *picture, int64_t x, int64_t y, const uint8_t *inside, int64_t height, int64_t width,
                     SnColor color) {
  for (int64_t row = 0; row < height; row++)
    for (int64_t column = 0; column < width; column++) {
      double distance = distance_to_border(inside, height, width, column, row);
      double line = fmin(half_line + 0.5 - distance, 1.0);
      double dark = fmin(half_line + edge + 0.5 - distance, 1.0);
      if (dark <= 0.0) continue;
      sn_draw_pixel(picture, x + column, y + row, SN_RGB(0x000000), edge_opacity * dark);
      sn_draw_pixel(picture, x + column, y + row, color, line);
    }
}
