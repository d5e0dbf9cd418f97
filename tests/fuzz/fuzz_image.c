/* Any bytes as an image file: header, pixels, both modes, and what the network is given. */
#include <stdlib.h>

#include "base/error.h"
#include "datasets/image.h"
#include "datasets/transform.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const uint8_t *data, size_t size, SnImageMode mode, const SnImageOptions *options) {
  static const SnTransform transform = {12, 9, SN_FIT_CROP};
  float tensor[3 * 9 * 9];
  uint8_t mask[9 * 9];
  SnImage image;
  sn_clear_error();
  if (sn_image_decode(data, size, "input", mode, options, &image)) {
    if (!sn_transform_image(&transform, &image, tensor) || !sn_transform_mask(&transform, &image, 0.5, mask)) abort();
    if (image.width < 1 || image.height < 1 || image.width * image.height > options->max_pixels) abort();
  } else if (sn_ok() || image.pixels) {
    abort();
  }
  sn_image_free(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  decode(data, size, SN_IMAGE_RGB, &(SnImageOptions){.max_pixels = 1 << 14, .apply_orientation = true});
  decode(data, size, SN_IMAGE_GREY, &(SnImageOptions){.max_pixels = 1 << 14});
  return 0;
}
