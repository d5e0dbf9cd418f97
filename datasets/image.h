/* Photographs: PNG, JPEG, BMP, TIFF and WebP decoded to the pixels that Pillow gives.
 *
 *     SnImage image;
 *     if (sn_image_read("bottle/test/good/000.png", SN_IMAGE_RGB, NULL, &image)) { ... sn_image_free(&image); }
 *
 * The result is Pillow 9.4's Image.open(path).convert("RGB") or .convert("L") to the last bit, whatever the file holds
 * (1 to 16 bits a sample, grey, palette, alpha, interlaced; baseline or progressive, grey, RGB, YCbCr, CMYK, YCCK;
 * run-length or bit-field BMP; the first page of a TIFF in grey, RGB or a palette, as it is or in LZW, deflate,
 * PackBits or JPEG; lossy and lossless WebP, and the first frame of an animation): grey is repeated in three channels,
 * colour becomes grey by ITU-R 601-2, alpha and a transparent colour are dropped without blending.
 *
 * Where it differs: 16-bit grey is divided by 257 and rounded, which Pillow 9.4 clips to white; sound BMP files that
 * Pillow 9.4 misreads (bmp.c) are read right; TIFF is turned on request only, and read right where Pillow 9.4 does not
 * (16-bit grey of which 0 is white, palettes of 8-bit entries, BigTIFF in big-endian order); a PNG without all its rows
 * or without its palette, whose pixels Pillow makes up, and a JPEG of more than 100 scans are refused. */
#ifndef SN_DATASETS_IMAGE_H
#define SN_DATASETS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A photograph's pixels, 8 bits a sample. */
typedef struct SnImage {
  int64_t width, height; /* pixels, each at least 1 */
  int channels;          /* 1 grey, 3 red green blue */
  uint8_t *pixels;       /* owned; rows from the top, [height][width][channels] without gaps */
  int bits;         /* that the file holds for a sample (of a palette, for an index), 1 to 16; 0: not from a file */
  int peak;         /* 16 bits: the largest sample, of any colour but not alpha, before it became 8 bits; else 0 */
  int orientation;  /* of EXIF, 1 to 8, whether it was applied or not; 0: not from a file */
  bool is_lossy;    /* the file's pixels are not exactly those that were stored: JPEG, lossy WebP */
  bool has_palette; /* the file's samples are indices into a palette */
  uint8_t first_colour[3]; /* of the palette; else black */
} SnImage;

/* What to decode to; the value is the number of channels. Stored: 1 where the file's samples are grey, else 3. */
typedef enum SnImageMode { SN_IMAGE_STORED = 0, SN_IMAGE_GREY = 1, SN_IMAGE_RGB = 3 } SnImageMode;

/* Pixels that a file may declare: where Pillow's Image.open refuses a decompression bomb. Checked before any memory is
 * taken for them. */
#define SN_IMAGE_MAX_PIXELS INT64_C(178956970)

/* Bytes that an image file may hold. */
#define SN_IMAGE_MAX_FILE_SIZE ((size_t)1 << 30)

/* How to decode; {0} stands for Pillow's way. */
typedef struct SnImageOptions {
  bool apply_orientation; /* turn the photograph as its EXIF orientation says (JPEG APP1, PNG eXIf, WebP EXIF, TIFF
                             itself); Pillow does not */
  int64_t max_pixels;     /* refuse larger images; 0 means SN_IMAGE_MAX_PIXELS */
  /* 1 to 65535: the sample of a 16-bit file that becomes 255, as 4095 for a camera of 12 bits: min(255, round(255 v /
   * white_level)), grey and colour. 0: 65535 and Pillow's conversion. Files of fewer bits are not touched. */
  int white_level;
  struct SnImageShare *share; /* of the memory of several threads (image_budget.h), or NULL */
} SnImageOptions;

/* Decodes a file's bytes; the format is known by the content. `name` stands for the file in messages; options may be
 * NULL. On failure (another format, truncated, corrupt, a declared size of zero or above the limit) an error names the
 * file and the defect, and *image is empty. Bytes after the image's end are ignored. */
bool sn_image_decode(const uint8_t *data, size_t size, const char *name, SnImageMode mode,
                     const SnImageOptions *options, SnImage *image);

/* The same from a file, whatever its name ends in. */
bool sn_image_read(const char *path, SnImageMode mode, const SnImageOptions *options, SnImage *image);

/* Width and height as the header declares them (turned where options ask for it), without decoding the pixels; 0 on
 * failure. */
bool sn_image_decode_size(const uint8_t *data, size_t size, const char *name, const SnImageOptions *options,
                          int64_t *width, int64_t *height);
bool sn_image_read_size(const char *path, const SnImageOptions *options, int64_t *width, int64_t *height);

/* All that the header says: an image without pixels, and with peak 0. */
bool sn_image_decode_header(const uint8_t *data, size_t size, const char *name, const SnImageOptions *options,
                            SnImage *image);
bool sn_image_read_header(const char *path, const SnImageOptions *options, SnImage *image);

/* A zeroed image, to be released with sn_image_free(). */
bool sn_image_allocate(int64_t width, int64_t height, SnImageMode mode, SnImage *image);

/* Releases the pixels and empties *image; an empty image is fine. */
void sn_image_free(SnImage *image);

/* Changes the channels in place: grey repeated to RGB; RGB to grey as (19595 R + 38470 G + 7471 B + 32768) / 65536,
 * Pillow's integer form of ITU-R 601-2. */
bool sn_image_convert(SnImage *image, SnImageMode mode);

#endif
