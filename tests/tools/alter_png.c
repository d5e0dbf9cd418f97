/* alter_png HOW VALUE FROM TO: writes an image as another kind of PNG.
 *
 *     depth VALUE    16 bits a sample, of which VALUE is white
 *     exif VALUE     with the EXIF orientation VALUE
 *     grey VALUE     grey, of which VALUE is white
 *     wide VALUE     VALUE times side by side
 *     palette VALUE  indices 0 and 1 for what is dark and bright, where 1 is red of that brightness
 *
 * For tests from outside, which have no other program that draws. */
#include <spng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/image.h"

typedef struct Output {
  const char *how;
  int value;
  SnImage image;
  uint8_t *rows;
  size_t size;
} Output;

static int channels_of(const Output *output) {
  static const char *const colours[] = {"depth", "exif", "wide"};
  for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
    if (strcmp(output->how, colours[i]) == 0) return 3;
  return 1;
}

/* The image `value` times side by side. */
static bool repeat(Output *output) {
  SnImage once = output->image;
  const size_t row = (size_t)once.width * 3;
  if (!sn_image_allocate(once.width * output->value, once.height, SN_IMAGE_RGB, &output->image)) return false;
  for (int64_t i = 0; i < once.height * output->value; i++)
    memcpy(output->image.pixels + (size_t)i * row, once.pixels + (size_t)(i / output->value) * row, row);
  sn_image_free(&once);
  return true;
}

static void fill(Output *output) {
  const int channels = channels_of(output), deep = strcmp(output->how, "depth") == 0;
  const int64_t count = output->image.width * output->image.height * channels;
  output->size = (size_t)count * (deep ? 2 : 1);
  output->rows = calloc(output->size, 1);
  for (int64_t i = 0; output->rows && i < count; i++) {
    int sample = output->image.pixels[i * (3 / channels)];
    if (deep) {
      sample = (sample * output->value + 127) / 255;
      output->rows[2 * i] = (uint8_t)(sample >> 8);
      output->rows[2 * i + 1] = (uint8_t)sample;
    } else if (strcmp(output->how, "grey") == 0) {
      output->rows[i] = (uint8_t)((sample * output->value + 127) / 255);
    } else {
      output->rows[i] = (uint8_t)(channels == 3 ? sample : sample > 127);
    }
  }
}

static bool write_png(const Output *output, FILE *file) {
  static const int types[] = {[1] = SPNG_COLOR_TYPE_GRAYSCALE, [3] = SPNG_COLOR_TYPE_TRUECOLOR};
  const bool palette = strcmp(output->how, "palette") == 0;
  struct spng_ihdr header = {.width = (uint32_t)output->image.width,
                             .height = (uint32_t)output->image.height,
                             .bit_depth = strcmp(output->how, "depth") == 0 ? 16 : 8,
                             .color_type = (uint8_t)(palette ? SPNG_COLOR_TYPE_INDEXED : types[channels_of(output)])};
  struct spng_plte colours = {.n_entries = 2, .entries = {[1] = {.red = (uint8_t)output->value}}};
  char directory[] = "MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0?\0\0\0\0\0\0"; /* one entry, the orientation */
  directory[19] = (char)output->value;
  struct spng_exif exif = {.length = sizeof directory - 1, .data = directory};
  spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
  bool written = context && spng_set_png_file(context, file) == 0 && spng_set_ihdr(context, &header) == 0 &&
                 (!palette || spng_set_plte(context, &colours) == 0) &&
                 (strcmp(output->how, "exif") != 0 || spng_set_exif(context, &exif) == 0) &&
                 spng_encode_image(context, output->rows, output->size, SPNG_FMT_RAW, SPNG_ENCODE_FINALIZE) == 0;
  spng_ctx_free(context);
  return written;
}

int main(int argc, char **argv) {
  if (argc != 5) return EXIT_FAILURE;
  Output output = {.how = argv[1], .value = atoi(argv[2])};
  bool written = false;
  if (sn_image_read(argv[3], SN_IMAGE_RGB, NULL, &output.image) &&
      (strcmp(output.how, "wide") != 0 || repeat(&output))) {
    fill(&output);
    FILE *file = fopen(argv[4], "wb");
    written = output.rows && file && write_png(&output, file);
    if (file && fclose(file) != 0) written = false;
  }
  if (!written) fprintf(stderr, "alter_png: %s: %s\n", argv[4], sn_ok() ? "cannot be written" : sn_error());
  free(output.rows);
  sn_image_free(&output.image);
  return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
