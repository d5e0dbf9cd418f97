#include "report/draw/section.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

static int64_t within(double value, int64_t low, int64_t high) {
  int64_t rounded = (int64_t)floor(value + 0.5);
  return rounded < low ? low : rounded > high ? high : rounded;
}

bool sn_load_section(const SnSample *sample, const SnLoadOptions *options, SnImage *section) {
  *section = (SnImage){0};
  SnImage photograph;
  if (!sn_load_photograph(sample, &options->image, &photograph)) return false;
  SnRectangle covered = sn_transform_covered(&options->transform, photograph.width, photograph.height);
  int64_t left = within(covered.left, 0, photograph.width - 1), top = within(covered.top, 0, photograph.height - 1);
  int64_t right = within(covered.left + covered.width, left + 1, photograph.width);
  int64_t bottom = within(covered.top + covered.height, top + 1, photograph.height);
  if (sn_image_allocate(right - left, bottom - top, SN_IMAGE_RGB, section))
    for (int64_t y = top; y < bottom; y++)
      memcpy(section->pixels + (y - top) * section->width * 3, photograph.pixels + (y * photograph.width + left) * 3,
             (size_t)section->width * 3);
  sn_image_free(&photograph);
  return sn_ok();
}
