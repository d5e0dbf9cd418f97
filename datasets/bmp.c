/* BMP, what Pillow 9.4 reads of it: headers of OS/2 and Windows 3 to 5, 1, 4 and 8 bits with a palette, 16, 24 and 32
 * bits, the bit fields that are in use, run lengths, either direction of rows. Where Pillow 9.4 garbles a sound file
 * (4 or 8 bits with a grey palette, odd literal runs of RLE4, deltas) the pixels are those that the file means. */
#include <string.h>

#include "base/error.h"
#include "datasets/image_format.h"

enum { FILE_HEADER_SIZE = 14, MASKS_OFFSET = 54, MAX_COLOURS = 65536 };
enum { RAW = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3 };

bool sn_is_bmp(const uint8_t *data, size_t size) { return size >= 2 && data[0] == 'B' && data[1] == 'M'; }

typedef struct Bitmap {
  int64_t width, height;
  bool top_down;
  uint32_t header_size, bits, compression, colours;
  size_t pixels;  /* offset of the pixels in the file */
  int blue, step; /* 24 and 32 bits: position of blue in a pixel; red is two further that way */
  bool green6;    /* 16 bits: 5-6-5 rather than 5-5-5 */
  uint8_t palette[256][3];
} Bitmap;

static uint32_t read_u16(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8; }
static uint32_t read_u32(const uint8_t *bytes) { return read_u16(bytes) | read_u16(bytes + 2) << 16; }

static bool truncated(const SnImageFile *file) { return sn_image_file_truncated(file, "BMP"); }

static bool read_header(const SnImageFile *file, Bitmap *bitmap) {
  *bitmap = (Bitmap){0};
  if (file->size < FILE_HEADER_SIZE + 12) return truncated(file);
  const uint8_t *header = file->data + FILE_HEADER_SIZE;
  bitmap->pixels = read_u32(file->data + 10);
  bitmap->header_size = read_u32(header);
  if (bitmap->header_size == 12) { /* OS/2 1.x */
    bitmap->width = read_u16(header + 4);
    bitmap->height = read_u16(header + 6);
    bitmap->bits = read_u16(header + 10);
  } else if (bitmap->header_size == 40 || bitmap->header_size == 64 || bitmap->header_size == 108 ||
             bitmap->header_size == 124) {
    if (file->size < FILE_HEADER_SIZE + bitmap->header_size) return truncated(file);
    bitmap->width = read_u32(header + 4);
    bitmap->height = read_u32(header + 8);
    bitmap->top_down = header[11] == 0xff;
    if (bitmap->top_down) bitmap->height = (INT64_C(1) << 32) - bitmap->height;
    bitmap->bits = read_u16(header + 14);
    bitmap->compression = read_u32(header + 16);
    bitmap->colours = read_u32(header + 32);
  } else {
    return sn_fail("%s: is a BMP file with a header of %u bytes, where 12, 40, 64, 108 or 124 are expected", file->name,
                   bitmap->header_size);
  }
  return sn_image_file_check_size(file, bitmap->width, bitmap->height);
}

/* The layouts of bit fields that Pillow knows; alpha, where there is one, is left out. */
static bool read_masks(const SnImageFile *file, Bitmap *bitmap) {
  static const struct {
    uint32_t bits, red, green, blue;
    bool any_alpha;
    uint32_t alpha;
    int blue_at, step;
  } layouts[] = {
      {32, 0xff0000, 0xff00, 0xff, false, 0, 0, 1},
      {32, 0xff0000, 0xff00, 0xff, false, 0xff000000, 0, 1},
      {32, 0xff000000, 0xff0000, 0xff00, false, 0, 1, 1},
      {32, 0xff000000, 0xff0000, 0xff00, false, 0xff, 1, 1},
      {32, 0xff, 0xff00, 0xff0000, false, 0xff000000, 2, -1},
      {32, 0, 0, 0, false, 0, 0, 1},
      {24, 0xff0000, 0xff00, 0xff, true, 0, 0, 1},
      {16, 0xf800, 0x7e0, 0x1f, true, 0, 0, 0},
      {16, 0x7c00, 0x3e0, 0x1f, true, 0, 0, 0},
  };
  if (file->size < MASKS_OFFSET + 12) return truncated(file);
  const uint8_t *masks = file->data + MASKS_OFFSET;
  const uint32_t red = read_u32(masks), green = read_u32(masks + 4), blue = read_u32(masks + 8);
  const uint32_t alpha = bitmap->header_size >= 64 ? read_u32(masks + 12) : 0;
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
    if (layouts[i].bits != bitmap->bits || layouts[i].red != red || layouts[i].green != green ||
        layouts[i].blue != blue || (!layouts[i].any_alpha && layouts[i].alpha != alpha))
      continue;
    bitmap->blue = layouts[i].blue_at;
    bitmap->step = layouts[i].step;
    bitmap->green6 = green == 0x7e0;
    return true;
  }
  return sn_fail("%s: is a BMP file whose bit fields are of a kind not read here", file->name);
}

static bool read_palette(const SnImageFile *file, Bitmap *bitmap) {
  if (bitmap->colours < 1 || bitmap->colours > MAX_COLOURS)
    return sn_fail("%s: is a BMP file with a palette of %u colours, where 1 to %d are expected", file->name,
                   bitmap->colours, MAX_COLOURS);
  const size_t offset = FILE_HEADER_SIZE + bitmap->header_size, entry = bitmap->header_size == 12 ? 3 : 4;
  const size_t held = (file->size - offset) / entry, colours = held < bitmap->colours ? held : bitmap->colours;
  for (size_t i = 0; i < 256; i++) /* beyond its end a palette is grey as bright as the index, as in Pillow */
    for (size_t c = 0; c < 3; c++)
      bitmap->palette[i][c] = i < colours ? file->data[offset + i * entry + 2 - c] : (uint8_t)i;
  if (bitmap->pixels == 0) bitmap->pixels = offset + bitmap->colours * entry;
  return true;
}

static bool read_format(const SnImageFile *file, Bitmap *bitmap) {
  const uint32_t bits = bitmap->bits, compression = bitmap->compression;
  const bool indexed = bits == 1 || bits == 4 || bits == 8;
  if (!indexed && bits != 16 && bits != 24 && bits != 32)
    return sn_fail("%s: is a BMP file of %u bits a pixel, where 1, 4, 8, 16, 24 or 32 are expected", file->name, bits);
  const bool run_lengths = compression == RLE8 || compression == RLE4;
  if (compression > BITFIELDS || (run_lengths && !indexed) || (compression == BITFIELDS && indexed))
    return sn_fail("%s: is a BMP file of %u bits a pixel with compression %u, which is not read here", file->name, bits,
                   compression);
  const size_t header_end = FILE_HEADER_SIZE + bitmap->header_size;
  bitmap->step = 1;
  if (bitmap->colours == 0) bitmap->colours = indexed ? 1u << bits : 0;
  if (indexed) {
    if (bitmap->pixels == header_end) bitmap->pixels += 4 * (size_t)bitmap->colours;
    return read_palette(file, bitmap);
  }
  if (compression == BITFIELDS && !read_masks(file, bitmap)) return false;
  if (bitmap->pixels == 0)
    bitmap->pixels = header_end + (compression == BITFIELDS && header_end < MASKS_OFFSET + 12 ? 12 : 0);
  return true;
}

static void convert_row(const Bitmap *bitmap, const uint8_t *row, uint8_t *pixels) {
  const int bits = (int)bitmap->bits;
  for (int64_t x = 0; x < bitmap->width; x++, pixels += 3) {
    if (bits <= 8) {
      const int64_t bit = x * bits;
      memcpy(pixels, bitmap->palette[row[bit / 8] >> (8 - bits - (int)(bit % 8)) & ((1 << bits) - 1)], 3);
    } else if (bits == 16) {
      const uint32_t value = read_u16(row + 2 * x), green_bits = bitmap->green6 ? 6 : 5, green = (1u << green_bits) - 1;
      pixels[0] = (uint8_t)((value >> (5 + green_bits) & 31) * 255 / 31);
      pixels[1] = (uint8_t)((value >> 5 & green) * 255 / green);
      pixels[2] = (uint8_t)((value & 31) * 255 / 31);
    } else {
      const uint8_t *blue = row + x * (bits / 8) + bitmap->blue;
      pixels[0] = blue[2 * bitmap->step];
      pixels[1] = blue[bitmap->step];
      pixels[2] = blue[0];
    }
  }
}

static bool read_rows(const SnImageFile *file, const Bitmap *bitmap, SnImage *image) {
  const uint64_t row_bits = (uint64_t)bitmap->width * bitmap->bits;
  const uint64_t row_size = (row_bits + 7) / 8, stride = (row_bits + 31) / 32 * 4;
  const uint64_t needed = stride * (uint64_t)(bitmap->height - 1) + row_size;
  if (bitmap->pixels > file->size || needed > file->size - bitmap->pixels) return truncated(file);
  if (!sn_image_file_allocate(file, bitmap->width, bitmap->height, SN_IMAGE_RGB, (int64_t)needed, 0, image))
    return false;
  for (int64_t y = 0; y < bitmap->height; y++) {
    const int64_t to = bitmap->top_down ? y : bitmap->height - 1 - y;
    convert_row(bitmap, file->data + bitmap->pixels + (uint64_t)y * stride, image->pixels + to * bitmap->width * 3);
  }
  return true;
}

/* Run lengths paint pixels in reading order, one row after the other. */
typedef struct Canvas {
  const uint8_t (*palette)[3];
  uint8_t *pixels;
  int64_t size, width, position; /* in pixels */
} Canvas;

static void paint(Canvas *canvas, uint8_t index) {
  if (canvas->position < canvas->size) memcpy(canvas->pixels + 3 * canvas->position, canvas->palette[index], 3);
  canvas->position++;
}

/* Pixels `count` of a run; four-bit runs take the halves of each byte in turn, high half first. */
static void paint_run(Canvas *canvas, const uint8_t *bytes, int count, bool four_bits, bool literal) {
  for (int i = 0; i < count; i++) {
    const uint8_t byte = bytes[!literal ? 0 : four_bits ? i / 2 : i];
    paint(canvas, four_bits ? (i % 2 == 0 ? byte >> 4 : byte & 15) : byte);
  }
}

/* One encoded run or escape; false at the end of the bitmap or of the data. */
static bool paint_next(Canvas *canvas, const uint8_t **next, const uint8_t *end, bool four_bits) {
  enum { END_OF_LINE = 0, END_OF_BITMAP = 1, DELTA = 2 };
  if (end - *next < 2) return false;
  const int count = (*next)[0], code = (*next)[1];
  const int64_t column = canvas->position % canvas->width;
  if (count > 0) {
    const int64_t left = canvas->width - column;
    paint_run(canvas, *next + 1, count < left ? count : (int)left, four_bits, false);
    *next += 2;
    return true;
  }
  *next += 2;
  if (code == END_OF_BITMAP) return false;
  if (code == END_OF_LINE) {
    if (column > 0) canvas->position += canvas->width - column;
  } else if (code == DELTA) {
    if (end - *next < 2) return false;
    canvas->position += (*next)[0] + (*next)[1] * canvas->width;
    *next += 2;
  } else {
    const int size = four_bits ? (code + 1) / 2 : code;
    if (end - *next < size) return false;
    paint_run(canvas, *next, code, four_bits, true);
    *next += size;
    if (size % 2 == 1 && *next < end) (*next)++;
  }
  return true;
}

static bool read_runs(const SnImageFile *file, const Bitmap *bitmap, SnImage *image) {
  const int64_t size = bitmap->width * bitmap->height;
  if (bitmap->pixels > file->size) return truncated(file);
  if (!sn_image_file_allocate(file, bitmap->width, bitmap->height, SN_IMAGE_RGB, 3 * size, 0, image)) return false;
  Canvas canvas = {.palette = bitmap->palette, .pixels = image->pixels, .size = size, .width = bitmap->width};
  for (int64_t i = 0; i < size; i++) memcpy(image->pixels + 3 * i, bitmap->palette[0], 3); /* what deltas skip */
  const uint8_t *next = file->data + bitmap->pixels, *end = file->data + file->size;
  while (canvas.position < canvas.size && paint_next(&canvas, &next, end, bitmap->compression == RLE4)) continue;
  if (canvas.position < canvas.size) return truncated(file);
  if (!bitmap->top_down) sn_image_mirror(image, false, true);
  return true;
}

bool sn_bmp_decode(const SnImageFile *file, SnImage *image) {
  Bitmap bitmap;
  if (!read_header(file, &bitmap) || !read_format(file, &bitmap)) return false;
  if (file->header_only) {
    *image = (SnImage){.width = bitmap.width, .height = bitmap.height, .channels = SN_IMAGE_RGB};
  } else if (bitmap.compression == RLE8 || bitmap.compression == RLE4) {
    read_runs(file, &bitmap, image);
  } else {
    read_rows(file, &bitmap, image);
  }
  image->bits = bitmap.bits < 8 ? (int)bitmap.bits : 8;
  image->has_palette = bitmap.bits <= 8;
  if (image->has_palette) memcpy(image->first_colour, bitmap.palette[0], 3);
  return sn_ok();
}
