/* Images from bytes: the format is known by the content, and each has a decoder (image_format.h). */
#include "base/error.h"
#include "datasets/image_format.h"

/* An image on its side is turned with a copy of one channel. */
static bool orient_fits(const SnImageFile *file, const SnImage *image, int orientation) {
  if (orientation < 5 || !image->pixels) return true;
  return sn_image_file_check_scratch(file, 0, image->width * image->height);
}

static bool decode_format(const SnImageFile *file, SnImage *image, int *orientation) {
  const uint8_t *data = file->data;
  *orientation = 1;
  if (file->size == 0) return sn_fail("%s: is empty, where an image is expected", file->name);
  if (sn_is_bmp(data, file->size)) return sn_bmp_decode(file, image);
  if (!sn_image_file_has_memory(file)) return false;
  if (sn_is_png(data, file->size)) return sn_png_decode(file, image, orientation);
  if (sn_is_jpeg(data, file->size)) return sn_jpeg_decode(file, image, orientation);
  if (sn_is_tiff(data, file->size)) return sn_tiff_decode(file, image, orientation);
  if (sn_is_webp(data, file->size)) return sn_webp_decode(file, image, orientation);
  return sn_fail("%s: is neither a PNG, JPEG, BMP, TIFF nor WebP file", file->name);
}

/* libtiff, libwebp and zlib inside libspng may report damage where memory was refused, and then the file must not be
 * blamed. A damaged file fails twice; images that cost little are tried again. */
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
