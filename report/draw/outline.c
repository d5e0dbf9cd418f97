#include "report/draw/outline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { REACH = 3, OUT_OF_REACH = 255 };

static const double half_line = 1.0, edge = 1.0, edge_opacity = 0.65;

typedef struct Region {
  const uint8_t *inside;
  int64_t height, width;
  uint8_t *squares; /* squared distance to the nearest pixel of the other kind */
} Region;

static bool kind_at(const Region *region, int64_t x, int64_t y) { return region->inside[y * region->width + x] != 0; }

static bool has_other_neighbour(const Region *region, int64_t x, int64_t y) {
  bool kind = kind_at(region, x, y);
  for (int64_t row = y > 0 ? y - 1 : 0; row <= y + 1 && row < region->height; row++)
    for (int64_t column = x > 0 ? x - 1 : 0; column <= x + 1 && column < region->width; column++)
      if (kind_at(region, column, row) != kind) return true;
  return false;
}

/* Brings a pixel's distance to those of the other kind within reach. */
static void spread(Region *region, int64_t x, int64_t y) {
  bool kind = kind_at(region, x, y);
  for (int64_t row = y > REACH ? y - REACH : 0; row <= y + REACH && row < region->height; row++)
    for (int64_t column = x > REACH ? x - REACH : 0; column <= x + REACH && column < region->width; column++) {
      uint8_t square = (uint8_t)((row - y) * (row - y) + (column - x) * (column - x));
      uint8_t *known = &region->squares[row * region->width + column];
      if (square < *known && kind_at(region, column, row) != kind) *known = square;
    }
}

bool sn_draw_outline(SnPicture *picture, int64_t x, int64_t y, const uint8_t *inside, int64_t height, int64_t width,
                     SnColor color) {
  Region region = {inside, height, width, sn_allocate(height * width, 1, "an outline")};
  if (!region.squares) return false;
  memset(region.squares, OUT_OF_REACH, (size_t)(height * width));
  /* The nearest pixel of the other kind always touches one of this kind. */
  for (int64_t row = 0; row < height; row++)
    for (int64_t column = 0; column < width; column++)
      if (has_other_neighbour(&region, column, row)) spread(&region, column, row);
  for (int64_t i = 0; i < height * width; i++) {
    if (region.squares[i] == OUT_OF_REACH) continue;
    double distance = sqrt((double)region.squares[i]) - 0.5; /* the border is half-way to the other pixel */
    double line = fmin(half_line + 0.5 - distance, 1.0), dark = fmin(half_line + edge + 0.5 - distance, 1.0);
    sn_draw_pixel(picture, x + i % width, y + i / width, SN_RGB(0x000000), edge_opacity * dark);
    sn_draw_pixel(picture, x + i % width, y + i / width, color, line);
  }
  free(region.squares);
  return true;
}
