#include "tests/support/image_files.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>
#include <spng.h>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/test.h"

char *make_folder(void) {
  const char *place = getenv("TMPDIR");
  char *folder = sn_path_join(place ? place : "/tmp", "simplenet-test-XXXXXX");
  assert_non_null(folder);
  assert_non_null(mkdtemp(folder));
  return folder;
}

static void remove_below(const char *path) {
  DIR *directory = opendir(path);
  assert_non_null(directory);
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char *inside = sn_path_join(path, entry->d_name);
    assert_non_null(inside);
    struct stat status;
    assert_int_equal(lstat(inside, &status), 0);
    if (S_ISDIR(status.st_mode)) remove_below(inside);
    assert_int_equal(remove(inside), 0);
    free(inside);
  }
  closedir(directory);
}

void remove_folder(char *folder) {
  remove_below(folder);
  assert_int_equal(remove(folder), 0);
  free(folder);
}

int test_make_folder(void **state) {
  *state = make_folder();
  return 0;
}

int test_remove_folder(void **state) {
  sn_clear_error();
  remove_folder(*state);
  return 0;
}

const char *write_bytes(const char *folder, const char *name, const void *data, size_t size) {
  static char path[4096];
  int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_in_range(length, 1, sizeof path - 1);
  char *slash = strrchr(path, '/');
  *slash = '\0';
  assert_true(sn_make_directories(path));
  *slash = '/';
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(size ? fwrite(data, 1, size, file) : 0, size);
  assert_int_equal(fclose(file), 0);
  return path;
}

const char *write_text(const char *folder, const char *name, const char *text) {
  return write_bytes(folder, name, text, strlen(text));
}

const char *write_png_file(const char *folder, const char *name, const PngFile *png) {
  static const int samples[] = {1, 0, 3, 1, 2, 0, 4};
  spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
  assert_non_null(context);
  spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1);
  struct spng_ihdr header = {.width = (uint32_t)png->width,
                             .height = (uint32_t)png->height,
                             .bit_depth = (uint8_t)png->depth,
                             .color_type = (uint8_t)png->colour_type};
  assert_int_equal(spng_set_ihdr(context, &header), 0);
  struct spng_plte palette = {.n_entries = (uint32_t)png->colours};
  for (int i = 0; i < png->colours; i++)
    palette.entries[i] = (struct spng_plte_entry){png->palette[i][0], png->palette[i][1], png->palette[i][2], 255};
  if (png->colours > 0) assert_int_equal(spng_set_plte(context, &palette), 0);
  char directory[] = "MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0?\0\0\0\0\0\0"; /* one entry, the orientation */
  directory[19] = (char)png->orientation;
  struct spng_exif exif = {.length = sizeof directory - 1, .data = directory};
  if (png->orientation > 0) assert_int_equal(spng_set_exif(context, &exif), 0);
  size_t row = ((size_t)png->width * (size_t)(samples[png->colour_type] * png->depth) + 7) / 8;
  int code = spng_encode_image(context, png->rows, row * (size_t)png->height, SPNG_FMT_RAW, SPNG_ENCODE_FINALIZE);
  assert_int_equal(code, 0);
  size_t size = 0;
  void *data = spng_get_png_buffer(context, &size, &code);
  assert_int_equal(code, 0);
  const char *path = write_bytes(folder, name, data, size);
  free(data);
  spng_ctx_free(context);
  return path;
}

static const char *write_png(const char *folder, const char *name, int width, int height, const uint8_t *rgb) {
  PngFile png = {.width = width, .height = height, .depth = 8, .colour_type = SPNG_COLOR_TYPE_TRUECOLOR, .rows = rgb};
  return write_png_file(folder, name, &png);
}

static const char *write_jpeg(const char *folder, const char *name, int width, int height, const uint8_t *rgb) {
  struct jpeg_compress_struct encoder;
  struct jpeg_error_mgr errors;
  unsigned char *data = NULL;
  unsigned long size = 0;
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  jpeg_mem_dest(&encoder, &data, &size);
  encoder.image_width = (JDIMENSION)width;
  encoder.image_height = (JDIMENSION)height;
  encoder.input_components = 3;
  encoder.in_color_space = JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 100, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  uint8_t *row = malloc((size_t)width * 3);
  assert_non_null(row);
  while (encoder.next_scanline < encoder.image_height) {
    memcpy(row, rgb + (size_t)encoder.next_scanline * (size_t)width * 3, (size_t)width * 3);
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  const char *path = write_bytes(folder, name, data, size);
  free(row);
  free(data);
  return path;
}

static void put_number(uint8_t *place, uint32_t number, int bytes) {
  for (int i = 0; i < bytes; i++) place[i] = (uint8_t)(number >> 8 * i);
}

static const char *write_bmp(const char *folder, const char *name, int width, int height, const uint8_t *rgb) {
  enum { HEADERS = 54 };
  size_t stride = ((size_t)width * 3 + 3) / 4 * 4, size = HEADERS + stride * (size_t)height;
  uint8_t *data = calloc(1, size);
  assert_non_null(data);
  memcpy(data, "BM", 2);
  put_number(data + 2, (uint32_t)size, 4);
  put_number(data + 10, HEADERS, 4);
  put_number(data + 14, 40, 4);
  put_number(data + 18, (uint32_t)width, 4);
  put_number(data + 22, (uint32_t)height, 4);
  put_number(data + 26, 1, 2);
  put_number(data + 28, 24, 2);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        data[HEADERS + (size_t)(height - 1 - y) * stride + (size_t)(3 * x + 2 - c)] = rgb[(y * width + x) * 3 + c];
  const char *path = write_bytes(folder, name, data, size);
  free(data);
  return path;
}

static const char *write_pixels(const char *folder, const char *name, int width, int height, const uint8_t *rgb) {
  const char *ending = strrchr(name, '.');
  assert_non_null(ending);
  if (strcasecmp(ending, ".png") == 0) return write_png(folder, name, width, height, rgb);
  if (strcasecmp(ending, ".bmp") == 0) return write_bmp(folder, name, width, height, rgb);
  return write_jpeg(folder, name, width, height, rgb);
}

static const char *write_two(const char *folder, const char *name, int width, int height, const uint8_t left[3],
                             const uint8_t right[3]) {
  uint8_t *rgb = malloc((size_t)width * (size_t)height * 3);
  assert_non_null(rgb);
  for (int i = 0; i < width * height; i++) memcpy(rgb + 3 * i, i % width < width / 2 ? left : right, 3);
  const char *path = write_pixels(folder, name, width, height, rgb);
  free(rgb);
  return path;
}

const char *write_colour(const char *folder, const char *name, int width, int height, uint8_t red, uint8_t green,
                         uint8_t blue) {
  const uint8_t colour[3] = {red, green, blue};
  return write_two(folder, name, width, height, colour, colour);
}

const char *write_grey(const char *folder, const char *name, int width, int height, uint8_t grey) {
  return write_colour(folder, name, width, height, grey, grey, grey);
}

const char *write_halves(const char *folder, const char *name, int width, int height, uint8_t left, uint8_t right) {
  const uint8_t one[3] = {left, left, left}, other[3] = {right, right, right};
  return write_two(folder, name, width, height, one, other);
}
