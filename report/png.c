#include "report/png.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* stb_image_write asserts where its growing buffers find no memory, and goes on without; leave it there instead. What
 * it held is lost. */
static _Thread_local jmp_buf out_of_memory;

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBIW_ASSERT(condition) ((condition) ? (void)0 : longjmp(out_of_memory, 1))
#include <stb/stb_image_write.h>

static void keep(void *context, void *data, int size) {
  SnBytes *png = context;
  png->data = sn_allocate((int64_t)size + 1, 1, "a PNG file");
  if (!png->data) return;
  png->size = (size_t)size;
  memcpy(png->data, data, png->size);
}

bool sn_picture_encode(const SnPicture *picture, SnBytes *png) {
  *png = (SnBytes){0};
  if (!sn_ok()) return false;
  if (setjmp(out_of_memory) != 0 || !stbi_write_png_to_func(keep, png, (int)picture->width, (int)picture->height, 3,
                                                            picture->pixels, 3 * (int)picture->width))
    return sn_fail("out of memory for a PNG of %lld x %lld pixels", (long long)picture->width,
                   (long long)picture->height);
  return sn_ok();
}

bool sn_picture_write(const SnPicture *picture, const char *path) {
  SnBytes png;
  SnFileWriter writer;
  if (!sn_picture_encode(picture, &png)) return false;
  if (sn_file_create(path, &writer)) {
    fwrite(png.data, 1, png.size, writer.stream);
    sn_file_commit(&writer);
  }
  sn_bytes_free(&png);
  return sn_ok();
}
