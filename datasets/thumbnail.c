#include "datasets/thumbnail.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/resample.h"

static int64_t within(double value, int64_t low, int64_t high) {
  int64_t rounded = (int64_t)floor(value + 0.5);
  return rounded < low ? low : rounded > high ? high : rounded;
}

bool sn_make_thumbnail(const SnTransform *transform, const SnImage *photograph, SnSize size, uint8_t *thumbnail) {
  if (!sn_ok()) return false;
  SnRectangle covered = sn_transform_covered(transform, photograph->width, photograph->height);
  int64_t left = within(covered.left, 0, photograph->width - 1), top = within(covered.top, 0, photograph->height - 1);
  int64_t width = within(covered.left + covered.width, left + 1, photograph->width) - left;
  int64_t height = within(covered.top + covered.height, top + 1, photograph->height) - top;
  float *plane = sn_allocate(height * width * 3, sizeof *plane, "a photograph");
  float *shown = sn_allocate(3 * sn_size_pixels(size), sizeof *shown, "a photograph");
  for (int64_t y = 0; plane && shown && y < height; y++)
    for (int64_t i = 0; i < 3 * width; i++)
      plane[y * 3 * width + i] = (float)photograph->pixels[((top + y) * photograph->width + left) * 3 + i];
  if (sn_ok() && sn_resample(plane, height, width, 3, shown, size.height, size.width))
    for (int64_t i = 0; i < 3 * sn_size_pixels(size); i++) thumbnail[i] = (uint8_t)(shown[i] + 0.5f);
  free(plane);
  free(shown);
  return sn_ok();
}
