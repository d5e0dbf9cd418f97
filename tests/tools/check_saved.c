/* check_saved PHOTOGRAPH MAP MASK OVERLAY THRESHOLD [LEFT TOP WIDTH HEIGHT]: whether what `predict --save` wrote of a
 * photograph fits together: all of its size, the mask where the map reaches the threshold, and, beyond the rectangle
 * that the model looked at, the map's minimum, no mask and the plain photograph. Prints what does not. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "datasets/image.h"

enum { VALUES = 8 + 2 + 12 * 13 + 4 + 8 }; /* where a map's numbers begin */

static int wrong(const char *what, int64_t x, int64_t y) {
  printf("%s at %lld, %lld\n", what, (long long)x, (long long)y);
  return EXIT_FAILURE;
}

static int check(const SnImage *photograph, const SnImage *mask, const SnImage *overlay, const float *map,
                 double threshold, const long section[4]) {
  float minimum = INFINITY;
  int64_t outside = 0, coloured = 0;
  for (int64_t i = 0; i < photograph->width * photograph->height; i++) minimum = fminf(minimum, map[i]);
  for (int64_t i = 0; i < photograph->width * photograph->height; i++) {
    int64_t x = i % photograph->width, y = i / photograph->width;
    bool seen = x >= section[0] && y >= section[1] && x < section[0] + section[2] && y < section[1] + section[3];
    bool same = memcmp(photograph->pixels + 3 * i, overlay->pixels + 3 * i, 3) == 0;
    if (mask->pixels[i] != (seen && (double)map[i] >= threshold ? 255 : 0)) return wrong("the mask is wrong", x, y);
    if (!seen && map[i] > minimum) return wrong("the map is not its minimum", x, y);
    if (!seen && threshold > 1e9 && !same) return wrong("the overlay covers what was not looked at", x, y);
    outside += !seen;
    coloured += !same;
  }
  printf("%lld pixels not looked at, %lld coloured\n", (long long)outside, (long long)coloured);
  return coloured > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
  if (argc != 6 && argc != 10) return 2;
  SnImage photograph, mask, overlay;
  SnBytes map;
  if (!sn_image_read(argv[1], SN_IMAGE_RGB, NULL, &photograph) || !sn_file_read(argv[2], 1 << 28, &map) ||
      !sn_image_read(argv[3], SN_IMAGE_STORED, NULL, &mask) ||
      !sn_image_read(argv[4], SN_IMAGE_STORED, NULL, &overlay)) {
    printf("%s\n", sn_error());
    return EXIT_FAILURE;
  }
  int64_t width = photograph.width, height = photograph.height;
  long section[4] = {0, 0, (long)width, (long)height};
  for (int i = 6; i < argc; i++) section[i - 6] = atol(argv[i]);
  int status = EXIT_FAILURE;
  float *values = malloc(map.size); /* aligned, as they are not in the file */
  if (!values) return EXIT_FAILURE;
  if (mask.width != width || mask.height != height || mask.channels != 1 || mask.bits != 8 || overlay.width != width ||
      overlay.height != height || overlay.channels != 3 || map.size != VALUES + 4 * (size_t)(width * height))
    printf("not all of them are of the photograph's size\n");
  else
    status = check(&photograph, &mask, &overlay, memcpy(values, map.data + VALUES, map.size - VALUES), atof(argv[5]),
                   section);
  free(values);
  sn_image_free(&photograph);
  sn_image_free(&mask);
  sn_image_free(&overlay);
  sn_bytes_free(&map);
  return status;
}
