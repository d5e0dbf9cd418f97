#include "datasets/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_format.h"

bool sn_image_file_check_size(const SnImageFile *file, int64_t width, int64_t height) {
  if (width < 1 || height < 1)
    return sn_fail("%s: declares an image of %lld x %lld pixels, which is empty", file->name, (long long)width,
                   (long long)height);
  int64_t pixels;
  if (!sn_multiply(width, height, &pixels) || pixels > file->max_pixels)
    return sn_fail("%s: declares an image of %lld x %lld pixels, more than the limit of %lld", file->name,
                   (long long)width, (long long)height, (long long)file->max_pixels);
  return true;
}

void sn_image_narrow(const SnImageFile *file, const uint16_t *from, int samples, int64_t count, SnImage *image,
                     uint8_t *to) {
  const int channels = image->channels, white = file->white_level;
  for (int64_t i = 0; i < count; i++, from += samples)
    for (int c = 0; c < channels; c++) {
      const int value = from[c];
      if (value > image->peak) image->peak = value;
      const int narrow = white > 0      ? (255 * value + white / 2) / white
                         : samples == 1 ? (value + 128) / 257
                                        : value >> 8;
      *to++ = (uint8_t)(narrow < 255 ? narrow : 255);
    }
}

/* An image that lies on its side is turned with a copy of one channel. */
static bool orient_fits(const SnImageFile *file, const SnImage *image, int orientation) {
  if (orientation < 5 || !image->pixels) return true;
  return sn_image_file_check_scratch(file, 0, image->width * image->height);
}

static bool decode_format(const SnImageFile *file, SnImage *image, int *orientation) {
  const uint8_t *data = file->data;
  *orientation = 1;
  if (file->size == 0) return sn_fail("%s: is empty, where an image is expected", file->name);
  if (sn_is_bmp(data, file->size)) return sn_bmp_decode(file, image);
  if (!sn_image_file_has_room(file)) return false;
  if (sn_is_png(data, file->size)) return sn_png_decode(file, image, orientation);
  if (sn_is_jpeg(data, file->size)) return sn_jpeg_decode(file, image, orientation);
  if (sn_is_tiff(data, file->size)) return sn_tiff_decode(file, image, orientation);
  if (sn_is_webp(data, file->size)) return sn_webp_decode(file, image, orientation);
  return sn_fail("%s: is neither a PNG, JPEG, BMP, TIFF nor WebP file", file->name);
}

/* libtiff, libwebp and zlib inside libspng may tell of damage where memory was refused, and then the file must not be
 * blamed. What is damaged is damaged twice; a second look is taken at images that cost little. */
static bool decode_twice(const SnImageFile *file, SnImage *image, int *orientation) {
  enum { LITTLE = 4 << 20 };
  if (decode_format(file, image, orientation)) return true;
  const bool again = image->width * image->height <= LITTLE;
  sn_image_free(image);
  if (!again) return false;
  const SnError first = sn_error_take();
  if (decode_format(file, image, orientation)) return true;
  if (sn_is_shortage()) return false;
  sn_clear_error();
  sn_error_raise(&first);
  return false;
}

static bool decode(const uint8_t *data, size_t size, const char *name, bool header_only, int channels,
                   const SnImageOptions *options, SnImage *image) {
  *image = (SnImage){0};
  if (!sn_ok()) return false;
  SnImageFile file = {.data = data,
                      .size = size,
                      .name = name,
                      .max_pixels = SN_IMAGE_MAX_PIXELS,
                      .channels = channels,
                      .header_only = header_only};
  if (options && options->max_pixels > 0) file.max_pixels = options->max_pixels;
  if (options) file.white_level = options->white_level;
  if (options) file.share = options->share;
  int orientation;
  const bool decoded = decode_twice(&file, image, &orientation);
  image->orientation = orientation;
  if (decoded && options && options->apply_orientation && orient_fits(&file, image, orientation))
    sn_image_orient(image, orientation);
  if (!sn_ok()) sn_image_free(image);
  return sn_ok();
}

bool sn_image_decode(const uint8_t *data, size_t size, const char *name, SnImageMode mode,
                     const SnImageOptions *options, SnImage *image) {
  return decode(data, size, name, false, (int)mode, options, image) &&
         (mode == SN_IMAGE_STORED || sn_image_convert(image, mode));
}

bool sn_image_decode_header(const uint8_t *data, size_t size, const char *name, const SnImageOptions *options,
                            SnImage *image) {
  return decode(data, size, name, true, 0, options, image);
}

bool sn_image_decode_size(const uint8_t *data, size_t size, const char *name, const SnImageOptions *options,
                          int64_t *width, int64_t *height) {
  SnImage image;
  bool decoded = sn_image_decode_header(data, size, name, options, &image);
  *width = image.width;
  *height = image.height;
  return decoded;
}

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
