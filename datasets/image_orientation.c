/* EXIF orientation: found in an EXIF block, applied to an image. */
#include <stdlib.h>

#include "base/error.h"
#include "datasets/image_format.h"

enum { ORIENTATION_TAG = 0x0112, TYPE_SHORT = 3, ENTRY_SIZE = 12 };

static uint32_t read_integer(const uint8_t *bytes, int count, bool big_endian) {
  uint32_t value = 0;
  for (int i = 0; i < count; i++) value = value << 8 | bytes[big_endian ? i : count - 1 - i];
  return value;
}

int sn_exif_orientation(const uint8_t *exif, size_t size) {
  if (size < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) return 1;
  const bool big_endian = exif[0] == 'M';
  const size_t directory = read_integer(exif + 4, 4, big_endian);
  if (directory > size || size - directory < 2) return 1;
  const size_t entries = read_integer(exif + directory, 2, big_endian);
  for (size_t i = 0; i < entries && size - directory - 2 >= (i + 1) * ENTRY_SIZE; i++) {
    const uint8_t *entry = exif + directory + 2 + i * ENTRY_SIZE;
    if (read_integer(entry, 2, big_endian) != ORIENTATION_TAG) continue;
    if (read_integer(entry + 2, 2, big_endian) != TYPE_SHORT || read_integer(entry + 4, 4, big_endian) != 1) return 1;
    const uint32_t orientation = read_integer(entry + 8, 2, big_endian);
    return orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
  }
  return 1;
}

bool sn_image_orient(SnImage *image, int orientation) {
  if (!sn_ok()) return false;
  if (orientation == 1) return true;
  /* Orientations 5 to 8 lie on their side. Then 2, 3, 7 and 8 run against the stored columns from left to right, and 3,
   * 4, 6 and 7 against the stored rows. */
  const bool turned = orientation >= 5;
  const bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const int64_t width = turned ? image->height : image->width, height = turned ? image->width : image->height;
  if (!image->pixels) { /* only the header was read */
    image->width = width;
    image->height = height;
    return true;
  }
  SnImage oriented;
  if (!sn_image_allocate(width, height, (SnImageMode)image->channels, &oriented)) return false;
  uint8_t *to = oriented.pixels;
  for (int64_t y = 0; y < height; y++)
    for (int64_t x = 0; x < width; x++) {
      int64_t from_x = turned ? y : x, from_y = turned ? x : y;
      if (mirror_x) from_x = image->width - 1 - from_x;
      if (mirror_y) from_y = image->height - 1 - from_y;
      const uint8_t *from = image->pixels + (from_y * image->width + from_x) * image->channels;
      for (int c = 0; c < image->channels; c++) *to++ = from[c];
    }
  oriented.bits = image->bits;
  oriented.peak = image->peak;
  sn_image_free(image);
  *image = oriented;
  return true;
}
