#include "report/draw/png.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/output_kinds.h"

/* stb_image_write asserts where its growing buffers find no memory, and goes on without; leave it there instead. What
 * it held is lost. */
static _Thread_local jmp_buf out_of_memory;

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBIW_ASSERT(condition) ((condition) ? (void)0 : longjmp(out_of_memory, 1))
#include <stb/stb_image_write.h>

/* The keyword and its value, by which the program knows the file as its own later on. */
static const char mark[] = "tEXtSoftware\0" SN_OUTPUT_MARK;
enum { SIGNATURE_AND_HEADER = 33, MARK = sizeof mark - 1, MARK_CHUNK = 4 + MARK + 4 };

static void put_number(uint8_t *bytes, uint32_t value) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Copies the file, with the mark behind its header. */
static void keep(void *context, void *data, int size) {
  SnBytes *png = context;
  png->data = sn_allocate((int64_t)size + MARK_CHUNK + 1, 1, "a PNG file");
  if (!png->data) return;
  uint8_t *chunk = png->data + SIGNATURE_AND_HEADER;
  png->size = (size_t)size + MARK_CHUNK;
  memcpy(png->data, data, SIGNATURE_AND_HEADER);
  put_number(chunk, MARK - 4); /* the type of four letters does not count */
  memcpy(chunk + 4, mark, MARK);
  put_number(chunk + 4 + MARK, (uint32_t)crc32_z(0, chunk + 4, MARK));
  memcpy(chunk + MARK_CHUNK, (const uint8_t *)data + SIGNATURE_AND_HEADER, (size_t)size - SIGNATURE_AND_HEADER);
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
