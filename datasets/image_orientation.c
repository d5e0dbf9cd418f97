/* EXIF orientation: found in an EXIF block, applied to an image. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
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

static void swap_pixels(uint8_t *a, uint8_t *b, int channels) {
  for (int c = 0; c < channels; c++) {
    const uint8_t value = a[c];
    a[c] = b[c];
    b[c] = value;
  }
}

void sn_image_mirror(SnImage *image, bool left_right, bool top_bottom) {
  const int64_t width = image->width, height = image->height;
  const int channels = image->channels;
  for (int64_t y = 0; top_bottom && y < height / 2; y++)
    for (int64_t x = 0; x < width; x++)
      swap_pixels(image->pixels + (y * width + x) * channels, image->pixels + ((height - 1 - y) * width + x) * channels,
                  channels);
  for (int64_t y = 0; left_right && y < height; y++)
    for (int64_t x = 0; x < width / 2; x++)
      swap_pixels(image->pixels + (y * width + x) * channels, image->pixels + (y * width + width - 1 - x) * channels,
                  channels);
}

/* Rows become columns, one channel after the other: a second image beside a large one may not fit. */
static bool transpose(SnImage *image) {
  enum { BAND = 64 }; /* rows whose cache lines are read again for the next column */
  const int64_t width = image->width, height = image->height;
  const int channels = image->channels;
  uint8_t *plane = sn_allocate(width * height, 1, "a photograph that is turned");
  if (!plane) return false;
  for (int c = 0; c < channels; c++) {
    for (int64_t top = 0; top < height; top += BAND) {
      const int64_t bottom = top + BAND < height ? top + BAND : height;
      for (int64_t x = 0; x < width; x++)
        for (int64_t y = top; y < bottom; y++) plane[x * height + y] = image->pixels[(y * width + x) * channels + c];
    }
    for (int64_t i = 0; i < width * height; i++) image->pixels[i * channels + c] = plane[i];
  }
  free(plane);
  image->width = height;
  image->height = width;
  return true;
}

bool sn_image_orient(SnImage *image, int orientation) {
  if (!sn_ok()) return false;
  const bool turned = orientation >= 5;
  if (!image->pixels) { /* only the header was read */
    const int64_t width = image->width;
    if (turned) image->width = image->height;
    if (turned) image->height = width;
    return true;
  }
  /* Orientations 5 to 8 lie on their side. Then 2, 3, 6 and 7 run against the columns from left to right, and 3, 4, 7
   * and 8 against the rows. */
  const bool left_right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool top_bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  if (turned && !transpose(image)) return false;
  sn_image_mirror(image, left_right, top_bottom);
  return true;
}
