/* What a file may ask for. Its header costs nothing to write, so what it declares is held against the bytes that it
 * has: a file below 1 MB takes neither more than about a second nor more than 64 MB beside its pixels, whatever its
 * format.
 *
 * Compression alone does not give these bounds. Deflate shrinks at most 1032 times, LZW about 2700 times, a block of a
 * sequential JPEG takes 2 bits at least, and WebP codes any number of equal pixels in 30 bytes. Photographs shrink 100
 * times at most; what shrinks more are masks and drawings of a few colours, and for those the fixed parts are made:
 * 128 MB are a grey mask of 11,000 x 11,000 pixels. Each byte of the file then buys as much as 1 MB of them share. */
#include <inttypes.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_budget.h"
#include "datasets/image_format.h"

bool sn_image_file_check_size(const SnImageFile *file, int64_t width, int64_t height) {
  if (width < 1 || height < 1)
    return sn_fail("%s: declares an image of %lld x %lld pixels, which is empty", file->name, (long long)width,
                   (long long)height);
  int64_t pixels;
  if (!sn_multiply(width, height, &pixels) || pixels > file->max_pixels)
    return sn_fail("%s: declares an image of %lld x %lld pixels, more than the limit of %lld", file->name,
                   (long long)width, (long long)height, (long long)file->max_pixels);
  return true;
}

/* Samples that are unpacked, which takes 3 to 6 ns a byte, and pixels that are written, which takes about 1. */
#define UNPACKED_MEGABYTES 128
#define DECODED_MEGABYTES 256
/* What is needed beside the pixels: coefficients of a progressive JPEG, strips, a channel that is turned. */
#define SCRATCH_MEGABYTES 64

/* Tables, windows and rows of any decoder. */
#define SMALL_PIECES (INT64_C(4) << 20)

/* At 2^20 bytes the share of the bytes takes over from the fixed part. */
static int64_t allowed(const SnImageFile *file, int64_t megabytes) {
  const int64_t fixed = megabytes << 20, share = megabytes * (int64_t)file->size;
  return fixed > share ? fixed : share;
}

static int64_t in_megabytes(int64_t bytes) { return bytes / 1000000 + 1; }

static bool has_memory(int64_t bytes) {
  void *pages = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return false;
  munmap(pages, (size_t)bytes);
  return true;
}

bool sn_image_file_has_memory(const SnImageFile *file) {
  return has_memory(SMALL_PIECES) || sn_fail("%s: out of memory for decoding it", file->name);
}

bool sn_image_file_check_scratch(const SnImageFile *file, int64_t decoded, int64_t scratch) {
  if (!sn_ok()) return false;
  const int64_t most = allowed(file, SCRATCH_MEGABYTES);
  if (scratch > most)
    return sn_fail("%s: takes %" PRId64
                   " MB of memory beside its pixels to decode, where a file of %zu bytes is given %" PRId64 " MB",
                   file->name, in_megabytes(scratch), file->size, in_megabytes(most));
  if (file->share) sn_image_share_take(file->share, (int64_t)file->size + decoded + scratch);
  if (!sn_memory_suffices(decoded + scratch, file->name)) return false;
  return has_memory(decoded + scratch + SMALL_PIECES) ||
         sn_fail("%s: out of memory: %" PRId64 " MB were asked for", file->name,
                 in_megabytes(decoded + scratch + SMALL_PIECES));
}

bool sn_image_file_allocate(const SnImageFile *file, int64_t width, int64_t height, int channels, int64_t unpacked,
                            int64_t scratch, SnImage *image) {
  const int64_t decoded = width * height * (channels > file->channels ? channels : file->channels);
  const bool too_much = unpacked > allowed(file, UNPACKED_MEGABYTES);
  if (too_much || decoded > allowed(file, DECODED_MEGABYTES))
    return sn_fail("%s: declares an image of %" PRId64 " x %" PRId64 " pixels, which takes %" PRId64
                   " MB, where a file of %zu bytes is given %" PRId64 " MB",
                   file->name, width, height, in_megabytes(too_much ? unpacked : decoded), file->size,
                   in_megabytes(allowed(file, too_much ? UNPACKED_MEGABYTES : DECODED_MEGABYTES)));
  return sn_image_file_check_scratch(file, decoded, scratch) &&
         sn_image_allocate(width, height, (SnImageMode)channels, image);
}

bool sn_image_file_truncated(const SnImageFile *file, const char *format) {
  return sn_fail("%s: is a truncated %s file: it ends before its last pixel", file->name, format);
}

bool sn_image_file_no_memory(const SnImageFile *file, const char *format) {
  return sn_fail("%s: out of memory while a %s file is decoded", file->name, format);
}
