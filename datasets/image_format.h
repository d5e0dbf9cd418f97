/* What the decoders of the single formats share; for the files of datasets/ only. */
#ifndef SN_DATASETS_IMAGE_FORMAT_H
#define SN_DATASETS_IMAGE_FORMAT_H

#include "datasets/image.h"

/* An image file in memory. */
typedef struct SnImageFile {
  const uint8_t *data;
  size_t size;
  const char *name;           /* for messages */
  int64_t max_pixels;         /* refuse larger images */
  int white_level;            /* as in SnImageOptions */
  struct SnImageShare *share; /* as in SnImageOptions */
  int channels;               /* that the caller wants: the image grows to so many in the end */
  bool header_only;           /* fill in width, height, channels and the orientation, but decode no pixels */
} SnImageFile;

/* Each decodes to one channel where the file's samples are grey, else to three, and sets the EXIF orientation, 1 to 8,
 * where the file has one. *image is empty at the call; on failure an error is pending and image->pixels may be set. */
bool sn_png_decode(const SnImageFile *file, SnImage *image, int *orientation);
bool sn_jpeg_decode(const SnImageFile *file, SnImage *image, int *orientation);
bool sn_bmp_decode(const SnImageFile *file, SnImage *image);
bool sn_tiff_decode(const SnImageFile *file, SnImage *image, int *orientation);
bool sn_webp_decode(const SnImageFile *file, SnImage *image, int *orientation);

/* Whether the pixels of a JPEG file come in scans that refine each other. */
bool sn_jpeg_is_progressive(const uint8_t *data, size_t size);

/* Whether the file begins as a file of that format does. */
bool sn_is_png(const uint8_t *data, size_t size);
bool sn_is_jpeg(const uint8_t *data, size_t size);
bool sn_is_bmp(const uint8_t *data, size_t size);
bool sn_is_tiff(const uint8_t *data, size_t size);
bool sn_is_webp(const uint8_t *data, size_t size);

/* Refuses a size of zero and one above the limit. */
bool sn_image_file_check_size(const SnImageFile *file, int64_t width, int64_t height);

/* Pixels for an image of that size and that many channels. `unpacked` is what the file's samples take uncompressed, as
 * they are stored, and `scratch` what a decoder takes beside the image while it works; both in bytes. A small file that
 * asks for much of either is refused (image_limits.c), and so is what memory does not hold. */
bool sn_image_file_allocate(const SnImageFile *file, int64_t width, int64_t height, int channels, int64_t unpacked,
                            int64_t scratch, SnImage *image);

/* The second half of that alone: whether a decoder may take so many bytes beside an image of `decoded` bytes. Waits for
 * the file's share of memory. */
bool sn_image_file_check_scratch(const SnImageFile *file, int64_t decoded, int64_t scratch);

/* Whether there is memory for the small pieces that libraries take: some of them do not survive a refusal. */
bool sn_image_file_has_memory(const SnImageFile *file);

/* "<name>: is a truncated TIFF file: it ends before its last pixel" */
bool sn_image_file_truncated(const SnImageFile *file, const char *format);

/* "<name>: out of memory while a TIFF file is decoded" */
bool sn_image_file_no_memory(const SnImageFile *file, const char *format);

/* 16-bit samples as the 8-bit ones of the image: with a white level by it, else grey divided by 257 and rounded, and of
 * colour and of grey with alpha the high byte. `from` holds count pixels of `samples` samples each, in the machine's
 * byte order; the first image->channels of a pixel go to `to`. image->peak is raised. */
void sn_image_narrow(const SnImageFile *file, const uint16_t *from, int samples, int64_t count, SnImage *image,
                     uint8_t *to);

/* The orientation, 1 to 8, in an EXIF block (a TIFF file: "II*\0" or "MM\0*" first); 1 where it has none. */
int sn_exif_orientation(const uint8_t *exif, size_t size);

/* Mirrors the image in place: left and right, top and bottom. */
void sn_image_mirror(SnImage *image, bool left_right, bool top_bottom);

/* Turns and mirrors the image so that it is seen as a photograph of that orientation is meant to be. */
bool sn_image_orient(SnImage *image, int orientation);

#endif
