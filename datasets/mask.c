#include "datasets/mask.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static bool is_coloured(const uint8_t *pixel) { return pixel[0] != pixel[1] || pixel[1] != pixel[2]; }

static bool is_black(const uint8_t *pixel) { return (pixel[0] | pixel[1] | pixel[2]) == 0; }

/* Background 0, everything else 255, when a pixel has a colour; else nothing is changed. */
static bool split_colours(SnImage *image) {
  const int64_t count = image->width * image->height;
  bool coloured = false, black = false;
  for (int64_t i = 0; i < count && image->channels == 3; i++) {
    coloured |= is_coloured(image->pixels + 3 * i);
    black |= is_black(image->pixels + 3 * i);
  }
  for (int64_t i = 0; i < count && coloured; i++) {
    uint8_t *pixel = image->pixels + 3 * i;
    bool background = black ? is_black(pixel) : memcmp(pixel, image->first_colour, 3) == 0;
    memset(pixel, background ? 0 : 255, 3);
  }
  return coloured;
}

static void split_greys(SnImage *mask) {
  for (int64_t i = 0; i < mask->width * mask->height; i++) mask->pixels[i] = mask->pixels[i] ? 255 : 0;
}

int sn_mask_largest(const SnImage *mask) {
  int largest = 0;
  for (int64_t i = 0; i < mask->width * mask->height; i++)
    if (mask->pixels[i] > largest) largest = mask->pixels[i];
  return largest;
}

/* Grey of less than 8 bits was spread over 0 to 255; the number of a class is what the file stores. */
static bool holds_class_numbers(const SnImage *mask) {
  const int largest = sn_mask_largest(mask), white = mask->bits > 0 && mask->bits < 8 ? (1 << mask->bits) - 1 : 255;
  const int stored = mask->has_palette ? largest : largest * white / 255;
  return stored > 0 && stored <= SN_MASK_LARGEST_CLASS && largest < 255;
}

static bool read(const char *path, const SnImageOptions *options, SnImage *mask) {
  SnImageOptions own = options ? *options : (SnImageOptions){0};
  own.white_level = 0;
  if (!sn_image_read(path, SN_IMAGE_STORED, &own, mask)) return false;
  if (mask->peak == 0 || mask->peak > 255) return true;
  sn_image_free(mask);
  own.white_level = 255;
  return sn_image_read(path, SN_IMAGE_STORED, &own, mask);
}

bool sn_mask_read(const char *path, const SnImageOptions *options, bool classes, SnImage *mask, SnMaskKind *kind) {
  *kind = SN_MASK_SHARES;
  if (!read(path, options, mask)) return false;
  const bool coloured = !mask->is_lossy && split_colours(mask);
  if (!sn_image_convert(mask, SN_IMAGE_GREY)) return false;
  if (!coloured && (classes || (!mask->is_lossy && holds_class_numbers(mask))))
    split_greys(mask);
  else if (!coloured)
    return true;
  *kind = SN_MASK_CLASSES;
  return true;
}

bool sn_mask_is_defect(uint8_t grey, double threshold) {
  return grey == 255 || (float)grey / 255.0f > (float)threshold;
}

char *sn_mask_empty_text(const char *path, int largest, double threshold) {
  if (largest == 0) return sn_format("%s: the mask of a defective image is all black: it marks no defect", path);
  return sn_format(
      "%s: the mask of a defective image holds no defect: its largest value is %d of 255, and --mask-threshold %g asks "
      "for more than %.0f; --mask-threshold %.2g would count what is above half of the largest",
      path, largest, threshold, 255 * threshold, largest / 510.0);
}
