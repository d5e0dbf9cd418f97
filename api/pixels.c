#include "api/pixels.h"

#include "base/error.h"
#include "base/memory.h"

/* Where a pixel's bytes of red, green and blue are. */
static const struct Format {
  int bytes, channels, from[3];
} formats[] = {
    [SN_PIXELS_RGB] = {3, 3, {0, 1, 2}},  [SN_PIXELS_BGR] = {3, 3, {2, 1, 0}}, [SN_PIXELS_RGBA] = {4, 3, {0, 1, 2}},
    [SN_PIXELS_BGRA] = {4, 3, {2, 1, 0}}, [SN_PIXELS_GREY] = {1, 1, {0}},
};

static bool check(const SnPixels *pixels) {
  if (!pixels || !pixels->data) return sn_fail("there are no pixels to look at");
  if ((unsigned)pixels->format > SN_PIXELS_GREY)
    return sn_fail("pixels: format: expected one of SN_PIXELS_RGB … SN_PIXELS_GREY, found %d", (int)pixels->format);
  if (pixels->width < 1 || pixels->height < 1 || pixels->width > SN_IMAGE_MAX_PIXELS / pixels->height)
    return sn_fail("a photograph of %lld x %lld pixels cannot be looked at", (long long)pixels->width,
                   (long long)pixels->height);
  int64_t row = pixels->width * formats[pixels->format].bytes, stride = pixels->stride;
  if ((stride != 0 && stride > -row && stride < row) || stride > PTRDIFF_MAX / pixels->height ||
      stride < -PTRDIFF_MAX / pixels->height)
    return sn_fail(
        "pixels: stride: expected 0 or at least the %lld bytes of a row, and an image that memory can hold, "
        "found %lld",
        (long long)row, (long long)stride);
  return true;
}

bool sn_image_from_pixels(const SnPixels *pixels, SnImage *image) {
  *image = (SnImage){0};
  if (!check(pixels)) return false;
  const struct Format *format = &formats[pixels->format];
  int64_t stride = pixels->stride ? pixels->stride : pixels->width * format->bytes;
  uint8_t *to = sn_allocate(pixels->width * pixels->height * format->channels, 1, "a photograph's pixels");
  if (!to) return false;
  *image = (SnImage){.width = pixels->width, .height = pixels->height, .channels = format->channels, .pixels = to};
  for (int64_t i = 0; i < pixels->height; i++) {
    const uint8_t *from = pixels->data + i * stride;
    for (int64_t j = 0; j < pixels->width; j++, from += format->bytes)
      for (int c = 0; c < format->channels; c++) *to++ = from[format->from[c]];
  }
  return true;
}
