/* TIFF and BigTIFF by libtiff: the first page; grey, colour and palette of 1 to 16 bits; strips and tiles. Samples are
 * read as they are stored and converted here. */
#include <string.h>
#include <tiffio.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_format.h"
#include "datasets/tiff_stream.h"

/* Each block costs a little however small it is; 8 bytes of the file place it. */
enum { MAX_BLOCKS = 1 << 20 };

bool sn_is_tiff(const uint8_t *data, size_t size) {
  if (size < 4) return false;
  return memcmp(data, "II*", 4) == 0 || memcmp(data, "MM\0*", 4) == 0 || memcmp(data, "II+", 4) == 0 ||
         memcmp(data, "MM\0+", 4) == 0;
}

typedef struct Layout {
  int64_t width, height;
  uint16_t bits, samples, photometric, compression, planar, orientation;
  int channels; /* of the image */
  int used;     /* samples of a pixel that matter: the channels, or an index, and alpha that they were multiplied by */
  bool premultiplied;
  const uint16_t *map[3]; /* of a palette, libtiff's own */
  int map_shift;          /* from an entry of the map to 8 bits */
} Layout;

typedef struct Blocks {
  bool tiled;
  int64_t width, height, across, down; /* pixels of a block, and blocks */
  int64_t row_size, size;              /* bytes */
  int64_t count;                       /* of all planes */
  int planes;                          /* blocks of the same pixels, one for a sample: 1 where samples lie together */
} Blocks;

static bool read_colours(const SnImageFile *file, TIFF *tiff, Layout *layout) {
  const uint16_t bits = layout->bits;
  const bool colour = layout->photometric == PHOTOMETRIC_RGB || layout->photometric == PHOTOMETRIC_YCBCR;
  const bool palette = layout->photometric == PHOTOMETRIC_PALETTE;
  if (!colour && !palette && layout->photometric != PHOTOMETRIC_MINISBLACK &&
      layout->photometric != PHOTOMETRIC_MINISWHITE)
    return sn_fail("%s: is a TIFF file of colour kind %d, where grey, RGB, YCbCr in JPEG or a palette is expected",
                   file->name, layout->photometric);
  if (layout->photometric == PHOTOMETRIC_YCBCR && layout->compression != COMPRESSION_JPEG)
    return sn_fail("%s: is a TIFF file of YCbCr colours outside JPEG, which are not read here", file->name);
  layout->channels = colour || palette ? SN_IMAGE_RGB : SN_IMAGE_GREY;
  layout->used = colour ? 3 : 1;
  if (layout->samples < layout->used)
    return sn_fail("%s: is a damaged TIFF file: it has %d samples a pixel for three colours", file->name,
                   layout->samples);
  uint16_t format = SAMPLEFORMAT_UINT, extra = 0, *kinds = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  const bool small = (bits == 1 || bits == 2 || bits == 4) && layout->samples == 1 && !colour;
  if ((format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) || (bits != 8 && (bits != 16 || palette) && !small))
    return sn_fail(
        "%s: is a TIFF file of %d bits a sample%s, where whole numbers of 1, 2, 4, 8 or 16 bits are expected",
        file->name, bits, format == SAMPLEFORMAT_IEEEFP ? " in floating point" : "");
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra, &kinds);
  layout->premultiplied = colour && layout->samples > 3 && extra > 0 && kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  layout->used += layout->premultiplied;
  if (!palette) return true;
  uint16_t *red = NULL, *green = NULL, *blue = NULL;
  if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue) || !red || !green || !blue)
    return sn_fail("%s: is a damaged TIFF file: its palette is absent", file->name);
  layout->map[0] = red;
  layout->map[1] = green;
  layout->map[2] = blue;
  /* Entries have 16 bits; some writers fill in 8. */
  for (int i = 0; i < 1 << bits; i++)
    for (int c = 0; c < 3; c++)
      if (layout->map[c][i] > 255) layout->map_shift = 8;
  return true;
}

static bool read_layout(const SnImageFile *file, TIFF *tiff, Layout *layout) {
  uint32_t width = 0, height = 0;
  *layout = (Layout){.orientation = ORIENTATION_TOPLEFT};
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  layout->width = width;
  layout->height = height;
  if (!sn_image_file_check_size(file, width, height)) return false;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout->planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout->compression);
  TIFFGetField(tiff, TIFFTAG_ORIENTATION, &layout->orientation);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric))
    return sn_fail("%s: is a damaged TIFF file: it does not say what its samples mean", file->name);
  static const uint16_t known[] = {COMPRESSION_NONE,          COMPRESSION_LZW,     COMPRESSION_JPEG,
                                   COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE, COMPRESSION_PACKBITS};
  size_t i = 0;
  while (i < sizeof known / sizeof *known && known[i] != layout->compression) i++;
  if (i == sizeof known / sizeof *known || !TIFFIsCODECConfigured(layout->compression))
    return sn_fail("%s: is a TIFF file of compression %d, where none, LZW, deflate, PackBits or JPEG is expected",
                   file->name, layout->compression);
  return read_colours(file, tiff, layout);
}

/* Strips and tiles alike. */
static bool read_blocks(const SnImageFile *file, TIFF *tiff, const Layout *layout, Blocks *blocks) {
  uint32_t width = (uint32_t)layout->width, height = 0;
  *blocks = (Blocks){.tiled = TIFFIsTiled(tiff), .planes = 1};
  if (blocks->tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
    blocks->row_size = TIFFTileRowSize(tiff);
    blocks->size = TIFFTileSize(tiff);
    blocks->count = TIFFNumberOfTiles(tiff);
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &height);
    if (height > layout->height) height = (uint32_t)layout->height;
    blocks->row_size = TIFFScanlineSize(tiff);
    blocks->size = TIFFStripSize(tiff);
    blocks->count = TIFFNumberOfStrips(tiff);
  }
  if (layout->planar == PLANARCONFIG_SEPARATE && layout->samples > 1) blocks->planes = layout->samples;
  blocks->width = width;
  blocks->height = height;
  if (width < 1 || height < 1 || blocks->size < 1)
    return sn_fail("%s: is a damaged TIFF file: its strips or tiles are empty or too large", file->name);
  blocks->across = (layout->width + width - 1) / width;
  blocks->down = (layout->height + height - 1) / height;
  const int64_t least = (width * (int64_t)layout->bits * (blocks->planes > 1 ? 1 : layout->samples) + 7) / 8;
  if (blocks->row_size != least || blocks->size / blocks->height != blocks->row_size ||
      blocks->count != blocks->across * blocks->down * blocks->planes)
    return sn_fail("%s: is a damaged TIFF file: its strips or tiles do not fit its size", file->name);
  if (blocks->count > MAX_BLOCKS)
    return sn_fail("%s: is a TIFF file of %lld strips or tiles, where %d are the most", file->name,
                   (long long)blocks->count, MAX_BLOCKS);
  return true;
}

/* Blocks that lie on each other would make a small file cost as much as a large one, and so would scans without end,
 * which the format does not foresee. */
static bool check_places(const SnImageFile *file, TIFF *tiff, const Layout *layout, const Blocks *blocks) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < blocks->count; i++) {
    const uint64_t at = TIFFGetStrileOffset(tiff, (uint32_t)i), size = TIFFGetStrileByteCount(tiff, (uint32_t)i);
    if (at > file->size || size > file->size - at) return sn_image_file_truncated(file, "TIFF");
    sum += size;
    if (size == 0 || sum > file->size)
      return sn_fail("%s: is a damaged TIFF file: its strips or tiles are absent or lie on each other", file->name);
    if (layout->compression == COMPRESSION_JPEG && sn_jpeg_is_progressive(file->data + at, size))
      return sn_fail("%s: is a TIFF file of progressive JPEG, which is not read here", file->name);
  }
  return true;
}

/* A palette's indices, and grey of less than 8 bits. */
static void convert_small(const Layout *layout, const uint8_t *row, int step, int64_t count, uint8_t *to) {
  const int bits = layout->bits, mask = (1 << bits) - 1, scale = 255 / mask;
  for (int64_t x = 0; x < count; x++) {
    const int64_t bit = x * bits * step;
    const int value = row[bit / 8] >> (8 - bits - (int)(bit % 8)) & mask;
    if (layout->photometric == PHOTOMETRIC_PALETTE)
      for (int c = 0; c < 3; c++) *to++ = (uint8_t)(layout->map[c][value] >> layout->map_shift);
    else
      *to++ = (uint8_t)(scale * (layout->photometric == PHOTOMETRIC_MINISWHITE ? mask - value : value));
  }
}

static void convert_bytes(const Layout *layout, const uint8_t *row, int step, int64_t count, uint8_t *to) {
  const int channels = layout->channels, flip = layout->photometric == PHOTOMETRIC_MINISWHITE ? 255 : 0;
  for (int64_t x = 0; x < count; x++, row += step)
    for (int c = 0; c < channels; c++) {
      int value = row[c] ^ flip;
      if (layout->premultiplied) value = row[3] == 0 ? 0 : 255 * value / row[3];
      *to++ = (uint8_t)(value < 255 ? value : 255);
    }
}

/* Turns what is stored into light: 0 black, alpha divided out again. */
static void mend_words(const Layout *layout, uint16_t *row, int step, int64_t count) {
  for (int64_t x = 0; x < count; x++, row += step) {
    if (layout->photometric == PHOTOMETRIC_MINISWHITE) row[0] = (uint16_t)(65535 - row[0]);
    for (int c = 0; c < 3 && layout->premultiplied; c++) {
      const uint32_t value = row[3] == 0 ? 0 : (uint32_t)row[c] * 65535u / row[3];
      row[c] = (uint16_t)(value < 65535 ? value : 65535);
    }
  }
}

/* `step` samples lie between the beginnings of two pixels. */
static void convert_row(const SnImageFile *file, const Layout *layout, uint8_t *row, int step, int64_t count,
                        SnImage *image, uint8_t *to) {
  if (layout->bits < 8 || layout->photometric == PHOTOMETRIC_PALETTE) {
    convert_small(layout, row, step, count, to);
  } else if (layout->bits == 8) {
    convert_bytes(layout, row, step, count, to);
  } else {
    uint16_t *words = (uint16_t *)(void *)row;
    if (layout->photometric == PHOTOMETRIC_MINISWHITE || layout->premultiplied) mend_words(layout, words, step, count);
    sn_image_narrow(file, words, step, count, image, to);
  }
}

/* Samples of a row, one plane after the other, side by side. */
static void interleave(const uint8_t *from, int64_t plane_size, int planes, size_t sample, int64_t count, uint8_t *to) {
  for (int64_t x = 0; x < count; x++)
    for (int p = 0; p < planes; p++, to += sample) memcpy(to, from + p * plane_size + x * (int64_t)sample, sample);
}

static bool read_block(SnTiffStream *stream, const Blocks *blocks, int64_t index, int64_t rows, uint8_t *to) {
  const tmsize_t wanted = blocks->tiled ? blocks->size : rows * blocks->row_size;
  const tmsize_t read = blocks->tiled ? TIFFReadEncodedTile(stream->tiff, (uint32_t)index, to, wanted)
                                      : TIFFReadEncodedStrip(stream->tiff, (uint32_t)index, to, wanted);
  if (read == wanted && !stream->damaged) return true;
  return sn_tiff_stream_fail(stream);
}

static bool decode_blocks(SnTiffStream *stream, const Layout *layout, const Blocks *blocks, SnImage *image) {
  uint8_t *buffer = stream->buffer;
  const int planes = blocks->planes > 1 ? layout->used : 1;
  const size_t sample = layout->bits / 8u;
  uint8_t *row = buffer + planes * blocks->size;
  for (int64_t i = 0; i < blocks->across * blocks->down; i++) {
    const int64_t top = i / blocks->across * blocks->height, left = i % blocks->across * blocks->width;
    const int64_t down = layout->height - top, across = layout->width - left;
    const int64_t rows = down < blocks->height ? down : blocks->height;
    const int64_t count = across < blocks->width ? across : blocks->width;
    for (int p = 0; p < planes; p++)
      if (!read_block(stream, blocks, p * blocks->across * blocks->down + i, rows, buffer + p * blocks->size))
        return false;
    for (int64_t y = 0; y < rows; y++) {
      uint8_t *from = buffer + y * blocks->row_size;
      if (planes > 1) {
        interleave(from, blocks->size, planes, sample, count, row);
        from = row;
      }
      const int step = blocks->planes == 1 ? layout->samples : planes;
      convert_row(stream->file, layout, from, step, count, image,
                  image->pixels + ((top + y) * layout->width + left) * image->channels);
    }
  }
  return true;
}

static bool decode_pixels(SnTiffStream *stream, const Layout *layout, SnImage *image) {
  const SnImageFile *file = stream->file;
  Blocks blocks;
  if (layout->photometric == PHOTOMETRIC_YCBCR) TIFFSetField(stream->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (!read_blocks(file, stream->tiff, layout, &blocks)) return false;
  const int planes = blocks.planes > 1 ? layout->used : 1;
  int64_t bytes, unpacked;
  if (!sn_multiply(blocks.size, planes, &bytes) || !sn_multiply(blocks.size, blocks.count, &unpacked))
    return sn_fail("%s: is a damaged TIFF file: its strips or tiles are too large", file->name);
  bytes += blocks.planes > 1 ? blocks.width * planes * (layout->bits / 8) : 0;
  /* A JPEG whose colours come one after the other takes two bytes for every sample of a strip. */
  const int64_t scratch = layout->compression == COMPRESSION_JPEG ? bytes + 2 * blocks.size : bytes;
  if (!sn_image_file_allocate(file, layout->width, layout->height, layout->channels, unpacked, scratch, image) ||
      !check_places(file, stream->tiff, layout, &blocks))
    return false;
  stream->buffer = sn_allocate(bytes, 1, file->name);
  return stream->buffer && decode_blocks(stream, layout, &blocks, image);
}

/* libtiff goes on when it has no memory for the tables that all strips share. */
static bool check_tables(const SnTiffStream *stream, const Layout *layout) {
  uint32_t size = 0;
  void *tables = NULL;
  if (layout->compression == COMPRESSION_JPEG && TIFFGetField(stream->tiff, TIFFTAG_JPEGTABLES, &size, &tables) &&
      size > 0 && !tables)
    return sn_image_file_no_memory(stream->file, "TIFF");
  return true;
}

static bool decode(SnTiffStream *stream, Layout *layout, SnImage *image) {
  if (setjmp(stream->refused)) return sn_tiff_stream_fail(stream);
  if (!sn_tiff_stream_open(stream) || !read_layout(stream->file, stream->tiff, layout) || !check_tables(stream, layout))
    return false;
  if (!stream->file->header_only) return decode_pixels(stream, layout, image);
  *image = (SnImage){.width = layout->width, .height = layout->height, .channels = layout->channels};
  return true;
}

/* A directory beyond the end of the file, where writers often put it. */
static bool lacks_directory(const SnImageFile *file) {
  const bool big_endian = file->data[0] == 'M', big = file->data[big_endian ? 3 : 2] == '+';
  const size_t at = big ? 8 : 4, size = big ? 8 : 4;
  if (file->size < at + size) return true;
  uint64_t offset = 0;
  for (size_t i = 0; i < size; i++) offset = offset << 8 | file->data[at + (big_endian ? i : size - 1 - i)];
  return offset >= file->size;
}

bool sn_tiff_decode(const SnImageFile *file, SnImage *image, int *orientation) {
  SnTiffStream stream = {.file = file};
  Layout layout;
  if (lacks_directory(file)) return sn_image_file_truncated(file, "TIFF");
  const bool decoded = decode(&stream, &layout, image);
  image->has_palette = decoded && layout.photometric == PHOTOMETRIC_PALETTE;
  for (int c = 0; c < 3 && image->has_palette; c++)
    image->first_colour[c] = (uint8_t)(layout.map[c][0] >> layout.map_shift);
  sn_tiff_stream_close(&stream);
  if (!decoded) return false;
  image->is_lossy = layout.compression == COMPRESSION_JPEG;
  image->bits = layout.bits;
  if (layout.orientation >= 1 && layout.orientation <= 8) *orientation = layout.orientation;
  return true;
}
