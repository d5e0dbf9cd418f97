#include "datasets/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

bool sn_image_allocate(int64_t width, int64_t height, SnImageMode mode, SnImage *image) {
  *image = (SnImage){0};
  int64_t pixels;
  if (width < 1 || height < 1 || !sn_multiply(width, height, &pixels))
    return sn_fail("an image of %lld x %lld pixels cannot be made", (long long)width, (long long)height);
  uint8_t *memory = sn_allocate(pixels, (size_t)mode, "the pixels of an image");
  if (!memory) return false;
  *image = (SnImage){.width = width, .height = height, .channels = (int)mode, .pixels = memory};
  return true;
}

void sn_image_free(SnImage *image) {
  free(image->pixels);
  *image = (SnImage){0};
}

static void grey_in_place(uint8_t *pixels, int64_t count) {
  const uint8_t *from = pixels;
  for (int64_t i = 0; i < count; i++, from += 3)
    pixels[i] = (uint8_t)((from[0] * 19595u + from[1] * 38470u + from[2] * 7471u + 0x8000u) >> 16);
}

/* From the end, so that nothing is overwritten before it is read. */
static void colour_in_place(uint8_t *pixels, int64_t count) {
  for (int64_t i = count - 1; i >= 0; i--) memset(pixels + 3 * i, pixels[i], 3);
}

/* In place: a second copy of a large photograph may not fit. */
bool sn_image_convert(SnImage *image, SnImageMode mode) {
  if (!sn_ok()) return false;
  if (image->channels == (int)mode) return true;
  const int64_t count = image->width * image->height;
  if (mode == SN_IMAGE_GREY) grey_in_place(image->pixels, count);
  uint8_t *pixels = sn_resize(image->pixels, count, (size_t)mode, "the pixels of an image");
  if (!pixels) {
    sn_image_free(image);
    return false;
  }
  if (mode == SN_IMAGE_RGB) colour_in_place(pixels, count);
  image->pixels = pixels;
  image->channels = (int)mode;
  return true;
}
