/* PNG by libspng, with Pillow's tolerance: it is handed only the chunks that pixels depend on. */
#include <spng.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_format.h"

enum { SIGNATURE_SIZE = 8, CHUNK_OVERHEAD = 12, IHDR_SIZE = 13 };

static const uint8_t signature[SIGNATURE_SIZE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool sn_is_png(const uint8_t *data, size_t size) {
  return size >= SIGNATURE_SIZE && memcmp(data, signature, SIGNATURE_SIZE) == 0;
}

typedef struct Span {
  const uint8_t *data;
  size_t size;
} Span;

/* The parts of the file in the order in which libspng reads them: signature and header, palette, all from the first
 * chunk of pixels on. */
typedef struct Parts {
  Span spans[3];
  Span exif;
} Parts;

static uint32_t read_u32(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The CRC-32 of PNG: polynomial 0xEDB88320, reflected, inverted before and after. */
static uint32_t checksum(const uint8_t *data, size_t size) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < size; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

/* Like Pillow, checks every chunk before the pixels and none after. */
static bool find_parts(const SnImageFile *file, Parts *parts) {
  *parts = (Parts){0};
  for (size_t offset = SIGNATURE_SIZE; file->size - offset >= CHUNK_OVERHEAD;) {
    const uint8_t *chunk = file->data + offset;
    const char *type = (const char *)chunk + 4;
    const size_t length = read_u32(chunk), left = file->size - offset - CHUNK_OVERHEAD;
    if (offset == SIGNATURE_SIZE) {
      if (memcmp(type, "IHDR", 4) != 0 || length != IHDR_SIZE)
        return sn_fail("%s: is a damaged PNG file: it does not begin with a header", file->name);
    } else if (memcmp(type, "IDAT", 4) == 0) {
      parts->spans[2] = (Span){chunk, file->size - offset};
      return true;
    } else if (memcmp(type, "IEND", 4) == 0) {
      return sn_fail("%s: is a PNG file without pixels", file->name);
    }
    if (length > left) break;
    if (checksum(chunk + 4, length + 4) != read_u32(chunk + 8 + length))
      return sn_fail("%s: is a damaged PNG file: the checksum of the chunk at byte %zu is wrong", file->name, offset);
    offset += length + CHUNK_OVERHEAD;
    if (memcmp(type, "IHDR", 4) == 0) parts->spans[0] = (Span){file->data, offset};
    if (memcmp(type, "PLTE", 4) == 0) parts->spans[1] = (Span){chunk, length + CHUNK_OVERHEAD};
    if (memcmp(type, "eXIf", 4) == 0) parts->exif = (Span){chunk + 8, length};
  }
  return sn_fail("%s: is a truncated PNG file: it ends before its pixels", file->name);
}

static int read_parts(spng_ctx *context, void *user, void *destination, size_t length) {
  (void)context;
  Parts *parts = user;
  uint8_t *to = destination;
  for (int i = 0; i < 3; i++) {
    Span *span = &parts->spans[i];
    const size_t part = length < span->size ? length : span->size;
    if (part == 0) continue;
    memcpy(to, span->data, part);
    to += part;
    length -= part;
    span->data += part;
    span->size -= part;
  }
  return length == 0 ? 0 : SPNG_IO_EOF;
}

static bool check(const SnImageFile *file, int code) {
  if (code == 0 || code == SPNG_EOI) return true;
  if (code == SPNG_IO_EOF || code == SPNG_EIDAT_TOO_SHORT)
    return sn_fail("%s: is a truncated PNG file: it ends before its last pixel", file->name);
  return sn_fail("%s: is a damaged PNG file: %s", file->name, spng_strerror(code));
}

/* Deflate shrinks data at most 1032 times, so a header that promises more lies: refused before memory is taken. */
static bool check_promise(const SnImageFile *file, const struct spng_ihdr *header, size_t row_size) {
  if ((uint64_t)row_size * header->height / 1032 <= file->size) return true;
  return sn_fail("%s: declares an image of %u x %u pixels, more than its %zu bytes can hold", file->name,
                 (unsigned)header->width, (unsigned)header->height, file->size);
}

typedef struct Layout {
  int depth, samples, channels; /* bits a sample; samples a pixel in the file; channels in the image */
  bool indexed;
  struct spng_plte palette; /* black beyond its end */
} Layout;

static void convert_row(const Layout *layout, const uint8_t *row, int64_t width, uint8_t *pixels) {
  const int depth = layout->depth, channels = layout->channels;
  if (layout->indexed || depth < 8) {
    const int mask = (1 << depth) - 1, scale = 255 / mask;
    for (int64_t x = 0; x < width; x++) {
      const int64_t bit = x * depth;
      const int value = row[bit / 8] >> (8 - depth - (int)(bit % 8)) & mask;
      if (layout->indexed) {
        const struct spng_plte_entry *entry = &layout->palette.entries[value];
        pixels[3 * x] = entry->red;
        pixels[3 * x + 1] = entry->green;
        pixels[3 * x + 2] = entry->blue;
      } else {
        pixels[x] = (uint8_t)(value * scale);
      }
    }
  } else if (depth == 16 && layout->samples == 1) {
    for (int64_t x = 0; x < width; x++) pixels[x] = (uint8_t)((row[2 * x] * 256 + row[2 * x + 1] + 128) / 257);
  } else if (depth == 8 && layout->samples == channels) {
    memcpy(pixels, row, (size_t)(width * channels));
  } else { /* the high byte of every colour sample; alpha is left out */
    const int bytes = depth / 8, stride = layout->samples * bytes;
    for (int64_t x = 0; x < width; x++)
      for (int c = 0; c < channels; c++) pixels[channels * x + c] = row[stride * x + c * bytes];
  }
}

static bool read_layout(const SnImageFile *file, spng_ctx *context, const struct spng_ihdr *header, Layout *layout) {
  static const int samples[] = {
      [SPNG_COLOR_TYPE_GRAYSCALE] = 1,       [SPNG_COLOR_TYPE_TRUECOLOR] = 3,       [SPNG_COLOR_TYPE_INDEXED] = 1,
      [SPNG_COLOR_TYPE_GRAYSCALE_ALPHA] = 2, [SPNG_COLOR_TYPE_TRUECOLOR_ALPHA] = 4, [5] = 0};
  *layout = (Layout){.depth = header->bit_depth, .samples = samples[header->color_type]};
  layout->indexed = header->color_type == SPNG_COLOR_TYPE_INDEXED;
  layout->channels = layout->indexed || layout->samples >= 3 ? SN_IMAGE_RGB : SN_IMAGE_GREY;
  return !layout->indexed || check(file, spng_get_plte(context, &layout->palette));
}

/* Rows arrive in order, or, interlaced, several times each with a part of their pixels. */
static bool decode_rows(const SnImageFile *file, spng_ctx *context, const Layout *layout, bool interlaced,
                        size_t row_size, SnImage *image) {
  const int64_t stride = image->width * image->channels;
  uint8_t *rows = sn_allocate(interlaced ? image->height : 1, row_size, file->name);
  int code = rows ? 0 : SPNG_EMEM;
  while (code == 0) {
    struct spng_row_info info;
    code = spng_get_row_info(context, &info);
    if (code != 0) break;
    code = spng_decode_row(context, interlaced ? rows + info.row_num * row_size : rows, row_size);
    if (!interlaced && (code == 0 || code == SPNG_EOI))
      convert_row(layout, rows, image->width, image->pixels + info.row_num * stride);
  }
  const bool decoded = check(file, code);
  for (int64_t y = 0; decoded && interlaced && y < image->height; y++)
    convert_row(layout, rows + (size_t)y * row_size, image->width, image->pixels + y * stride);
  free(rows);
  return decoded;
}

static bool decode(const SnImageFile *file, spng_ctx *context, SnImage *image) {
  struct spng_ihdr header;
  if (!check(file, spng_get_ihdr(context, &header))) return false;
  Layout layout;
  if (!sn_image_file_check_size(file, header.width, header.height) || !read_layout(file, context, &header, &layout))
    return false;
  const size_t row_size = ((size_t)header.width * (size_t)(layout.samples * layout.depth) + 7) / 8;
  if (!check_promise(file, &header, row_size)) return false;
  if (file->header_only) {
    *image = (SnImage){header.width, header.height, layout.channels, NULL};
    return true;
  }
  /* From here on Pillow does not look at checksums of chunks; that of the pixels themselves is still checked. */
  return check(file, spng_decode_image(context, NULL, 0, SPNG_FMT_RAW, SPNG_DECODE_PROGRESSIVE)) &&
         check(file, spng_set_crc_action(context, SPNG_CRC_USE, SPNG_CRC_USE)) &&
         sn_image_allocate(header.width, header.height, (SnImageMode)layout.channels, image) &&
         decode_rows(file, context, &layout, header.interlace_method != 0, row_size, image);
}

bool sn_png_decode(const SnImageFile *file, SnImage *image, int *orientation) {
  Parts parts;
  if (!find_parts(file, &parts)) return false;
  if (parts.exif.size > 0) *orientation = sn_exif_orientation(parts.exif.data, parts.exif.size);
  spng_ctx *context = spng_ctx_new(0);
  if (!context) return sn_fail("%s: memory is short", file->name);
  const bool decoded = check(file, spng_set_png_stream(context, read_parts, &parts)) && decode(file, context, image);
  spng_ctx_free(context);
  return decoded;
}
