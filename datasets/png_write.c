#include "datasets/png_write.h"

#include <inttypes.h>
#include <spng.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

static int set_software(spng_ctx *encoder, char *software) {
  struct spng_text text = {.keyword = "Software", .type = SPNG_TEXT, .length = strlen(software), .text = software};
  return spng_set_text(encoder, &text, 1);
}

bool sn_png_write(const char *path, const uint8_t *pixels, int64_t width, int64_t height, int channels) {
  return sn_png_write_marked(path, pixels, width, height, channels, NULL);
}

bool sn_png_write_marked(const char *path, const uint8_t *pixels, int64_t width, int64_t height, int channels,
                         const char *software) {
  if (!sn_ok()) return false;
  int64_t size;
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX || (channels != 1 && channels != 3) ||
      !sn_multiply(width, height, &size) || !sn_multiply(size, channels, &size))
    return sn_fail("%s: %" PRId64 "x%" PRId64 " with %d channels cannot be a PNG", path, width, height, channels);
  SnFileWriter writer;
  char *mark = software ? sn_copy_text(software) : NULL; /* libspng wants it not const, and until the end */
  if (!sn_ok() || !sn_file_create(path, &writer)) {
    free(mark);
    return false;
  }
  spng_ctx *encoder = spng_ctx_new(SPNG_CTX_ENCODER);
  struct spng_ihdr header = {.width = (uint32_t)width,
                             .height = (uint32_t)height,
                             .bit_depth = 8,
                             .color_type = channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR};
  int failure = encoder ? 0 : SPNG_EMEM;
  if (!failure) failure = spng_set_png_file(encoder, writer.stream);
  if (!failure) failure = spng_set_ihdr(encoder, &header);
  if (!failure && mark) failure = set_software(encoder, mark);
  if (!failure) failure = spng_set_option(encoder, SPNG_IMG_COMPRESSION_LEVEL, 2); /* noise hardly shrinks further */
  if (!failure) failure = spng_encode_image(encoder, pixels, (size_t)size, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  spng_ctx_free(encoder);
  free(mark);
  if (failure && !ferror(writer.stream)) /* the writer knows better why it could not write */
    sn_fail("%s: cannot be written as PNG: %s", path,
            failure == SPNG_EMEM || failure == SPNG_EZLIB_INIT ? "out of memory" : spng_strerror(failure));
  return sn_file_commit(&writer);
}
