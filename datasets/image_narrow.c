#include "datasets/image_format.h"

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
