/* PNG by libspng, with Pillow's tolerance: it is handed only the header and the pixels. */
#include <spng.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_format.h"

enum {
  SIGNATURE_SIZE = 8,
  CHUNK_OVERHEAD = 12,
  IHDR_SIZE = 13,
  HEADER_SIZE = SIGNATURE_SIZE + CHUNK_OVERHEAD + IHDR_SIZE
};
enum { IHDR_AT = SIGNATURE_SIZE + 8, COLOUR_TYPE_AT = IHDR_AT + 9 };

static const uint8_t signature[SIGNATURE_SIZE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool sn_is_png(const uint8_t *data, size_t size) {
  return size >= SIGNATURE_SIZE && memcmp(data, signature, SIGNATURE_SIZE) == 0;
}

typedef struct Span {
  const uint8_t *data;
  size_t size;
} Span;

/* The chunks that matter, and how far libspng has read of the first two. */
typedef struct Parts {
  uint8_t header[HEADER_SIZE]; /* signature and header, with a palette's indices declared as grey of the same depth */
  Span spans[2];               /* that, then all from the first chunk of pixels on */
  Span palette, exif;
} Parts;

static uint32_t read_u32(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t checksum(const uint8_t *data, size_t size) { return (uint32_t)crc32_z(0, data, size); }

static void write_u32(uint8_t *bytes, uint32_t value) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* libspng never sees the palette: it refuses one longer than the depth can name, which Pillow reads. */
static void disguise_indices(Parts *parts) {
  if (parts->header[COLOUR_TYPE_AT] != SPNG_COLOR_TYPE_INDEXED) return;
  parts->header[COLOUR_TYPE_AT] = SPNG_COLOR_TYPE_GRAYSCALE;
  write_u32(parts->header + HEADER_SIZE - 4, checksum(parts->header + IHDR_AT - 4, IHDR_SIZE + 4));
}

/* Like Pillow, checks every chunk before the pixels and none after them. */
static bool find_parts(const SnImageFile *file, Parts *parts) {
  *parts = (Parts){0};
  for (size_t offset = SIGNATURE_SIZE; file->size - offset >= CHUNK_OVERHEAD;) {
    const uint8_t *chunk = file->data + offset;
    const size_t length = read_u32(chunk), left = file->size - offset - CHUNK_OVERHEAD;
    const bool first = offset == SIGNATURE_SIZE, is_header = memcmp(chunk + 4, "IHDR", 4) == 0;
    if (first != is_header || (first && length != IHDR_SIZE))
      return sn_fail("%s: is a damaged PNG file: it does not begin with its one header", file->name);
    if (memcmp(chunk + 4, "IEND", 4) == 0) return sn_fail("%s: is a PNG file without pixels", file->name);
    if (memcmp(chunk + 4, "IDAT", 4) == 0) {
      parts->spans[1] = (Span){chunk, file->size - offset};
      return true;
    }
    if (length > left) break;
    if (checksum(chunk + 4, length + 4) != read_u32(chunk + 8 + length))
      return sn_fail("%s: is a damaged PNG file: the checksum of the chunk at byte %zu is wrong", file->name, offset);
    if (is_header) memcpy(parts->header, file->data, HEADER_SIZE);
    if (memcmp(chunk + 4, "PLTE", 4) == 0) parts->palette = (Span){chunk + 8, length};
    if (memcmp(chunk + 4, "eXIf", 4) == 0) parts->exif = (Span){chunk + 8, length};
    offset += length + CHUNK_OVERHEAD;
  }
  return sn_fail("%s: is a truncated PNG file: it ends before its pixels", file->name);
}

static int read_parts(spng_ctx *context, void *user, void *destination, size_t length) {
  (void)context;
  Parts *parts = user;
  uint8_t *to = destination;
  for (int i = 0; i < 2; i++) {
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
  if (code == SPNG_IO_EOF || code == SPNG_EIDAT_TOO_SHORT) return sn_image_file_truncated(file, "PNG");
  if (code == SPNG_EMEM || code == SPNG_EZLIB_INIT) return sn_image_file_no_memory(file, "PNG");
  return sn_fail("%s: is a damaged PNG file: %s", file->name, spng_strerror(code));
}

typedef struct Layout {
  int64_t width, height;
  int depth, samples, channels; /* bits a sample; samples a pixel in the file; channels in the image */
  bool indexed, interlaced;
  size_t row_size;         /* bytes of a row */
  uint8_t palette[256][3]; /* beyond its end, grey as bright as the index, as in Pillow */
} Layout;

static bool read_palette(const SnImageFile *file, Span palette, Layout *layout) {
  if (palette.size < 3) return sn_fail("%s: is a damaged PNG file: its palette is absent", file->name);
  for (size_t i = 0; i < 256; i++)
    for (size_t c = 0; c < 3; c++) layout->palette[i][c] = palette.size / 3 > i ? palette.data[3 * i + c] : (uint8_t)i;
  return true;
}

static bool read_layout(const SnImageFile *file, const Parts *parts, Layout *layout) {
  static const int samples[] = {[SPNG_COLOR_TYPE_GRAYSCALE] = 1,
                                [SPNG_COLOR_TYPE_TRUECOLOR] = 3,
                                [SPNG_COLOR_TYPE_INDEXED] = 1,
                                [SPNG_COLOR_TYPE_GRAYSCALE_ALPHA] = 2,
                                [SPNG_COLOR_TYPE_TRUECOLOR_ALPHA] = 4};
  const uint8_t *header = parts->header + IHDR_AT;
  const int depth = header[8], colour = header[9];
  *layout = (Layout){.width = read_u32(header), .height = read_u32(header + 4), .depth = depth};
  if (!sn_image_file_check_size(file, layout->width, layout->height)) return false;
  const bool known = colour <= SPNG_COLOR_TYPE_TRUECOLOR_ALPHA && samples[colour] > 0;
  layout->indexed = colour == SPNG_COLOR_TYPE_INDEXED;
  layout->interlaced = header[12] != 0;
  const bool any_depth = colour == SPNG_COLOR_TYPE_GRAYSCALE || layout->indexed;
  const bool known_depth =
      depth == 8 || (depth == 16 && !layout->indexed) || (any_depth && (depth == 1 || depth == 2 || depth == 4));
  if (!known || !known_depth)
    return sn_fail("%s: is a damaged PNG file: it declares colour type %d with %d bits a sample", file->name, colour,
                   depth);
  layout->samples = samples[colour];
  layout->channels = layout->indexed || layout->samples >= 3 ? SN_IMAGE_RGB : SN_IMAGE_GREY;
  layout->row_size = ((size_t)layout->width * (size_t)(layout->samples * depth) + 7) / 8;
  /* Deflate shrinks data at most 1032 times, so a header that promises more lies: refused before memory is taken. */
  if (layout->row_size * (uint64_t)layout->height / 1032 > file->size)
    return sn_fail("%s: declares an image of %lld x %lld pixels, more than its %zu bytes can hold", file->name,
                   (long long)layout->width, (long long)layout->height, file->size);
  return !layout->indexed || read_palette(file, parts->palette, layout);
}

/* Two bytes a sample, high one first, become samples of the machine's order in the same place. */
static const uint16_t *read_samples(uint8_t *row, int64_t count) {
  for (int64_t i = 0; i < count; i++, row += 2) {
    const uint16_t sample = (uint16_t)(row[0] << 8 | row[1]);
    memcpy(row, &sample, sizeof sample);
  }
  return (const uint16_t *)(const void *)(row - 2 * count);
}

/* `width` pixels of a row. */
static void convert_row(const SnImageFile *file, const Layout *layout, uint8_t *row, int64_t width, SnImage *image,
                        uint8_t *pixels) {
  const int depth = layout->depth, channels = layout->channels;
  if (layout->indexed || depth < 8) {
    const int mask = (1 << depth) - 1, scale = 255 / mask;
    for (int64_t x = 0; x < width; x++) {
      const int64_t bit = x * depth;
      const int value = row[bit / 8] >> (8 - depth - (int)(bit % 8)) & mask;
      if (layout->indexed) {
        memcpy(pixels + 3 * x, layout->palette[value], 3);
      } else {
        pixels[x] = (uint8_t)(value * scale);
      }
    }
  } else if (depth == 16) {
    sn_image_narrow(file, read_samples(row, width * layout->samples), layout->samples, width, image, pixels);
  } else if (layout->samples == channels) {
    memcpy(pixels, row, (size_t)(width * channels));
  } else { /* alpha is left out */
    for (int64_t x = 0; x < width; x++) memcpy(pixels + channels * x, row + layout->samples * x, (size_t)channels);
  }
}

/* A pass of an interlaced image has every dx-th pixel from x on. */
typedef struct Pass {
  int64_t x, dx;
} Pass;

/* Puts a row of a pass, as it is stored, where its pixels belong; `narrow` has capacity for a row of the image. */
static void convert_pass(const SnImageFile *file, const Layout *layout, uint8_t *row, struct spng_row_info info,
                         uint8_t *narrow, SnImage *image) {
  static const Pass passes[] = {{0, 8}, {4, 8}, {0, 4}, {2, 4}, {0, 2}, {1, 2}, {0, 1}};
  const Pass pass = passes[info.pass];
  const size_t channels = (size_t)image->channels;
  uint8_t *to = image->pixels + (size_t)info.row_num * (size_t)image->width * channels;
  convert_row(file, layout, row, (image->width - pass.x + pass.dx - 1) / pass.dx, image, narrow);
  for (int64_t x = pass.x; x < image->width; x += pass.dx, narrow += channels)
    memcpy(to + (size_t)x * channels, narrow, channels);
}

/* Rows arrive in order, or, interlaced, pass by pass. */
static bool decode_rows(const SnImageFile *file, spng_ctx *context, const Layout *layout, SnImage *image) {
  const int64_t width = layout->width * layout->channels;
  uint8_t *row = sn_allocate(1, layout->row_size, file->name);
  uint8_t *narrow = sn_allocate(layout->interlaced ? width : 0, 1, file->name);
  int code = 0;
  while (code == 0 && sn_ok()) {
    struct spng_row_info info;
    code = spng_get_row_info(context, &info);
    if (code == 0) code = spng_decode_scanline(context, row, layout->row_size);
    if (code != 0 && code != SPNG_EOI) break;
    if (layout->interlaced)
      convert_pass(file, layout, row, info, narrow, image);
    else
      convert_row(file, layout, row, layout->width, image, image->pixels + info.row_num * width);
  }
  free(row);
  free(narrow);
  return sn_ok() && check(file, code);
}

/* libspng stops at the last pixel and may not see the checksum of all of them, so those of the chunks are looked at
 * here. Of a file that ends in the last one, the pixels may still be whole. */
static bool check_pixels(const SnImageFile *file, Span span) {
  while (span.size >= CHUNK_OVERHEAD && memcmp(span.data + 4, "IDAT", 4) == 0) {
    const size_t length = read_u32(span.data);
    if (length > span.size - CHUNK_OVERHEAD) return true;
    if (checksum(span.data + 4, length + 4) != read_u32(span.data + 8 + length))
      return sn_fail("%s: is a damaged PNG file: the checksum of the pixels at byte %zu is wrong", file->name,
                     (size_t)(span.data - file->data));
    span.data += length + CHUNK_OVERHEAD;
    span.size -= length + CHUNK_OVERHEAD;
  }
  return true;
}

static bool decode(const SnImageFile *file, Parts *parts, const Layout *layout, spng_ctx *context, SnImage *image) {
  /* Pixels of an interlaced image are moved one by one, however small they are. */
  const int64_t stored = (int64_t)layout->row_size * layout->height;
  const int64_t moved = layout->interlaced ? layout->width * layout->height * layout->channels : 0;
  const int64_t unpacked = stored > moved ? stored : moved;
  return sn_image_file_allocate(file, layout->width, layout->height, layout->channels, unpacked, 0, image) &&
         check_pixels(file, parts->spans[1]) && check(file, spng_set_png_stream(context, read_parts, parts)) &&
         check(file, spng_decode_image(context, NULL, 0, SPNG_FMT_RAW, SPNG_DECODE_PROGRESSIVE)) &&
         check(file, spng_set_crc_action(context, SPNG_CRC_USE, SPNG_CRC_USE)) &&
         decode_rows(file, context, layout, image);
}

bool sn_png_decode(const SnImageFile *file, SnImage *image, int *orientation) {
  Parts parts;
  Layout layout;
  if (!find_parts(file, &parts) || !read_layout(file, &parts, &layout)) return false;
  if (parts.exif.size > 0) *orientation = sn_exif_orientation(parts.exif.data, parts.exif.size);
  if (file->header_only) {
    *image =
        (SnImage){.width = layout.width, .height = layout.height, .channels = layout.channels, .bits = layout.depth};
    return true;
  }
  disguise_indices(&parts);
  parts.spans[0] = (Span){parts.header, HEADER_SIZE};
  spng_ctx *context = spng_ctx_new(0);
  if (!context) return sn_image_file_no_memory(file, "PNG");
  const bool decoded = decode(file, &parts, &layout, context, image);
  spng_ctx_free(context);
  image->bits = layout.depth;
  image->has_palette = layout.indexed;
  if (layout.indexed) memcpy(image->first_colour, layout.palette[0], 3);
  return decoded;
}
