/* Writes small folders and images for the tests that read them. Every function asserts that it succeeds. */
#ifndef SN_TESTS_SUPPORT_IMAGE_FILES_H
#define SN_TESTS_SUPPORT_IMAGE_FILES_H

#include <stddef.h>
#include <stdint.h>

/* A new folder for one test, removed whole by remove_folder; both strings are released by it. */
char *make_folder(void);
void remove_folder(char *folder);

/* Set-up and tear-down of a test whose state is such a folder. */
int test_make_folder(void **state);
int test_remove_folder(void **state);

/* Writes a file below a folder, making the folders on its way. The path is valid until the next call of any function
 * here. */
const char *write_bytes(const char *folder, const char *name, const void *data, size_t size);
const char *write_text(const char *folder, const char *name, const char *text);

/* Writes an image of one colour; the format is that of the name's ending: png, jpg, jpeg or bmp, in either case. */
const char *write_colour(const char *folder, const char *name, int width, int height, uint8_t red, uint8_t green,
                         uint8_t blue);
/* The same, grey. */
const char *write_grey(const char *folder, const char *name, int width, int height, uint8_t grey);
/* A grey image whose left half has one value and whose right half another. */
const char *write_halves(const char *folder, const char *name, int width, int height, uint8_t left, uint8_t right);

/* A PNG of any kind. */
typedef struct PngFile {
  int width, height, depth, colour_type; /* spng's colour types; bits a sample */
  const uint8_t (*palette)[3];
  int colours;      /* of the palette */
  int orientation;  /* of EXIF; 0: no EXIF */
  const void *rows; /* as PNG stores them: samples of 16 bits big-endian */
} PngFile;
const char *write_png_file(const char *folder, const char *name, const PngFile *png);

#endif
