#include "report/draw/tiff.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"

enum { TYPE_SHORT = 3, TYPE_LONG = 4, TYPE_RATIONAL = 5 };
enum { ENTRIES = 13, HEADER = 8, DIRECTORY = 2 + 12 * ENTRIES + 4, DENSITY = HEADER + DIRECTORY, DATA = DENSITY + 8 };

/* Little-endian, whatever the machine is. */
static void put(FILE *stream, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++) fputc((int)(value >> (8 * i) & 255), stream);
}

static void put_entry(FILE *stream, uint32_t tag, uint32_t type, uint32_t value) {
  put(stream, tag, 2);
  put(stream, type, 2);
  put(stream, 1, 4);
  put(stream, value, 4); /* a SHORT stands in the first two bytes */
}

/* Entries in the order of their tags. */
static void put_directory(FILE *stream, uint32_t width, uint32_t height) {
  put(stream, ENTRIES, 2);
  put_entry(stream, 256, TYPE_LONG, width);
  put_entry(stream, 257, TYPE_LONG, height);
  put_entry(stream, 258, TYPE_SHORT, 32);                /* bits a sample */
  put_entry(stream, 259, TYPE_SHORT, 1);                 /* not compressed */
  put_entry(stream, 262, TYPE_SHORT, 1);                 /* the smallest value is black */
  put_entry(stream, 273, TYPE_LONG, DATA);               /* where the strip begins */
  put_entry(stream, 277, TYPE_SHORT, 1);                 /* samples a pixel */
  put_entry(stream, 278, TYPE_LONG, height);             /* rows a strip */
  put_entry(stream, 279, TYPE_LONG, width * height * 4); /* bytes of the strip */
  put_entry(stream, 282, TYPE_RATIONAL, DENSITY);
  put_entry(stream, 283, TYPE_RATIONAL, DENSITY);
  put_entry(stream, 296, TYPE_SHORT, 1); /* no unit: the density tells the shape of pixels only */
  put_entry(stream, 339, TYPE_SHORT, 3); /* IEEE floating point */
  put(stream, 0, 4);
}

/* Several at once: a call for each byte would take longer than all the rest of it. */
static void put_values(FILE *stream, const float *values, int64_t count) {
  enum { AT_ONCE = 1024 };
  uint8_t bytes[4 * AT_ONCE];
  for (int64_t i = 0; i < count; i += AT_ONCE) {
    int64_t part = count - i < AT_ONCE ? count - i : AT_ONCE;
    for (int64_t j = 0; j < part; j++) {
      uint32_t bits;
      memcpy(&bits, &values[i + j], sizeof bits);
      for (int byte = 0; byte < 4; byte++) bytes[4 * j + byte] = (uint8_t)(bits >> (8 * byte));
    }
    fwrite(bytes, 4, (size_t)part, stream);
  }
}

bool sn_tiff_write(const char *path, const float *values, int64_t width, int64_t height) {
  if (!sn_ok()) return false;
  if (width < 1 || height < 1 || width > (INT64_C(1) << 30) / height)
    return sn_fail("%s: expected 1 to 2^30 pixels, found %" PRId64 " x %" PRId64, path, width, height);
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  fputs("II", writer.stream);
  put(writer.stream, 42, 2);
  put(writer.stream, HEADER, 4);
  put_directory(writer.stream, (uint32_t)width, (uint32_t)height);
  put(writer.stream, 1, 4);
  put(writer.stream, 1, 4);
  put_values(writer.stream, values, width * height);
  return sn_file_commit(&writer);
}
