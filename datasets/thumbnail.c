#include "datasets/thumbnail.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "datasets/resize.h"

static int64_t within(double value, int64_t low, int64_t high) {
  int64_t rounded = (int64_t)floor(value + 0.5);
  return rounded < low ? low : rounded > high ? high : rounded;
}

/* Along one axis of the photograph, of which [begin, begin + length) is shown on `shown` pixels: how many the whole would
 * take, and where among them these are. */
static int64_t scaled_axis(int64_t whole, double begin, double length, int64_t shown, int64_t *first) {
  int64_t from = within(begin, 0, whole - 1), part = within(begin + length, from + 1, whole) - from;
  double scale = (double)shown / (double)part;
  int64_t scaled = within((double)whole * scale, shown, INT64_MAX / 2);
  *first = within((double)from * scale, 0, scaled - shown);
  return scaled;
}

bool sn_make_thumbnail(const SnTransform *transform, const SnImage *photograph, SnSize size, uint8_t *thumbnail) {
  if (!sn_ok()) return false;
  SnRectangle covered = sn_transform_covered(transform, photograph->width, photograph->height);
  SnWindow window = {.width = size.width, .height = size.height};
  int64_t width = scaled_axis(photograph->width, covered.left, covered.width, size.width, &window.left);
  int64_t height = scaled_axis(photograph->height, covered.top, covered.height, size.height, &window.top);
  SnImage shown;
  if (!sn_image_resize_window(photograph, width, height, window, &shown)) return false;
  memcpy(thumbnail, shown.pixels, (size_t)(3 * sn_size_pixels(size)));
  sn_image_free(&shown);
  return true;
}
