/* The same photographs under a weaker lamp, for trying out what a detector does then: every value times FACTOR.
 *
 *     make course-programs && build/examples/course/dim FACTOR FOLDER PHOTOGRAPH...
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "datasets/image.h"
#include "datasets/png_write.h"

/* FOLDER/012.png becomes the photograph number 12 of the arguments. */
static bool write_dimmed(const char *source, double factor, const char *folder, int number) {
  SnImage image;
  char name[32];
  snprintf(name, sizeof name, "%03d.png", number);
  if (!sn_image_read(source, SN_IMAGE_RGB, NULL, &image)) return false;
  for (int64_t i = 0; i < image.width * image.height * 3; i++)
    image.pixels[i] = (uint8_t)(factor * image.pixels[i] + 0.5);
  char *path = sn_path_join(folder, name);
  bool written = path && sn_make_folder_of(path) && sn_png_write(path, image.pixels, image.width, image.height, 3);
  free(path);
  sn_image_free(&image);
  return written;
}

int main(int argc, char **argv) {
  double factor;
  if (argc < 4 || !sn_parse_real("FACTOR", argv[1], 0, 1, &factor)) {
    fprintf(stderr, "usage: dim FACTOR FOLDER PHOTOGRAPH...\n");
    return 2;
  }
  int done = 0;
  for (int i = 3; i < argc && sn_ok(); i++) done += write_dimmed(argv[i], factor, argv[2], i - 3);
  if (sn_ok())
    printf("written: %d photographs at %.2f of their brightness\n", done, factor);
  else
    fprintf(stderr, "dim: %s\n", sn_error());
  return sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
