/* Any bytes as an image file: its header alone and both modes, as they are and with a PNG's checksums mended, which a
 * fuzzer cannot guess. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "datasets/image.h"
#include "datasets/transform.h"
#include "tests/fuzz/limits.h"

static void decode(const uint8_t *data, size_t size, SnImageMode mode, const SnImageOptions *options) {
  static const SnTransform transform = {{12, 0}, {9, 9}, SN_FIT_CROP};
  float tensor[3 * 9 * 9];
  uint8_t mask[9 * 9];
  SnImage image;
  int64_t width, height;
  sn_fuzz_read_again();
  sn_clear_error();
  bool sized = sn_image_decode_size(data, size, "input", options, &width, &height);
  if (sized != sn_ok() || sized != (width > 0 && height > 0)) abort();
  if (sized) sn_fuzz_decoded((size_t)(3 * width * height));
  sn_clear_error();
  if (sn_image_decode(data, size, "input", mode, options, &image)) {
    if (!(mode == SN_IMAGE_RGB ? sn_transform_image(&transform, &sn_imagenet_normalization, &image, tensor)
                               : sn_transform_mask(&transform, &image, 0.5, mask)))
      abort();
    if (image.width < 1 || image.height < 1 || image.width * image.height > options->max_pixels) abort();
    if (!sized || image.width != width || image.height != height) abort();
  } else if (sn_ok() || image.pixels) {
    abort();
  }
  sn_image_free(&image);
}

/* True when a checksum was wrong. */
static bool mend(uint8_t *png, size_t size) {
  bool mended = false;
  for (size_t offset = 8; size >= 20 && offset <= size - 12;) {
    uint8_t *chunk = png + offset;
    const size_t length = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
    if (length > size - offset - 12) break;
    const uint32_t crc = (uint32_t)crc32_z(0, chunk + 4, length + 4);
    for (int i = 0; i < 4; i++) {
      const uint8_t byte = (uint8_t)(crc >> (24 - 8 * i));
      mended = mended || chunk[8 + length + (size_t)i] != byte;
      chunk[8 + length + (size_t)i] = byte;
    }
    offset += length + 12;
  }
  return mended;
}

/* Of as many pixels as are read at all, where the input's middle says so; else of few, for speed. */
static void decode_both(const uint8_t *data, size_t size) {
  const int64_t most = size > 0 && data[size / 2] % 8 == 0 ? SN_IMAGE_MAX_PIXELS : 1 << 14;
  decode(data, size, SN_IMAGE_RGB, &(SnImageOptions){.max_pixels = most, .apply_orientation = true});
  decode(data, size, SN_IMAGE_GREY, &(SnImageOptions){.max_pixels = most});
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  decode_both(data, size);
  if (size < 8 || memcmp(data, "\x89PNG\r\n\x1a\n", 8) != 0) return;
  uint8_t *copy = malloc(size);
  if (!copy) return;
  memcpy(copy, data, size);
  if (mend(copy, size)) decode_both(copy, size);
  free(copy);
}
