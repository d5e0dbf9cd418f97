/* What a file may ask for. Its header costs nothing to write, so what it declares is held against the bytes that it
 * has: a file below 1 MB takes neither more than about a second nor more than 64 MB beside its pixels, whatever its
 * format.
 *
 * Compression alone does not give these bounds. Deflate shrinks at most 1032 times, LZW about 2700 times, a block of a
 * sequential JPEG takes 2 bits at least, and WebP can code any number of equal pixels in 30 bytes. Photographs shrink
 * 100 times at most; what shrinks more are masks and drawings of a few colours. Those are small enough for the fixed
 * parts below: 256 MB are a mask of 16,000 x 16,000 pixels. */
#include <inttypes.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_format.h"

/* Bytes of samples that take about half a second to decode, and how many more each byte of a file buys. */
#define UNPACKED_BYTES (INT64_C(256) << 20)
#define UNPACKED_PER_BYTE 256
/* The same for what is needed beside the pixels: coefficients of a progressive JPEG, strips, the copy that is turned.
 */
#define SCRATCH_BYTES (INT64_C(64) << 20)
#define SCRATCH_PER_BYTE 64

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t megabytes(int64_t bytes) { return bytes / 1000000 + 1; }

bool sn_image_file_check_scratch(const SnImageFile *file, int64_t decoded, int64_t scratch) {
  if (!sn_ok()) return false;
  const int64_t allowed = most(SCRATCH_BYTES, SCRATCH_PER_BYTE * (int64_t)file->size);
  if (scratch > allowed)
    return sn_fail("%s: takes %" PRId64
                   " MB of memory beside its pixels to decode, where a file of %zu bytes is given %" PRId64 " MB",
                   file->name, megabytes(scratch), file->size, megabytes(allowed));
  return sn_memory_suffices(decoded + scratch, file->name);
}

bool sn_image_file_allocate(const SnImageFile *file, int64_t width, int64_t height, int channels, int64_t unpacked,
                            int64_t scratch, SnImage *image) {
  const int64_t decoded = width * height * most(channels, file->channels); /* below SN_IMAGE_MAX_PIXELS * 3 */
  const int64_t work = most(unpacked, decoded), allowed = most(UNPACKED_BYTES, UNPACKED_PER_BYTE * (int64_t)file->size);
  if (work > allowed)
    return sn_fail("%s: declares an image of %" PRId64 " x %" PRId64 " pixels, which takes %" PRId64
                   " MB, where a file of %zu bytes is given %" PRId64 " MB",
                   file->name, width, height, megabytes(work), file->size, megabytes(allowed));
  return sn_image_file_check_scratch(file, decoded, scratch) &&
         sn_image_allocate(width, height, (SnImageMode)channels, image);
}

bool sn_image_file_truncated(const SnImageFile *file, const char *format) {
  return sn_fail("%s: is a truncated %s file: it ends before its last pixel", file->name, format);
}

bool sn_image_file_no_memory(const SnImageFile *file, const char *format) {
  return sn_fail("%s: out of memory while a %s file is decoded", file->name, format);
}
