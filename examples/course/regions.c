/* Why pixels are not counted alone: a map that finds the large defect and misses the small one.
 *
 *     make course-programs && build/examples/course/regions OUT.png
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/philox.h"
#include "base/error.h"
#include "metrics/evaluation.h"
#include "report/draw/png.h"
#include "report/draw/tile.h"

enum { SIDE = 48, PIXELS = SIDE * SIDE, TILE = 240, GAP = 10 };

/* Square defects: left, top, side. */
static const int large[3] = {6, 6, 20}, small[3] = {36, 36, 4};

static bool is_in(const int square[3], int x, int y) {
  return x >= square[0] && x < square[0] + square[2] && y >= square[1] && y < square[1] + square[2];
}

/* Scores by chance in [0, 1); the large defect's are raised by 1, the small one's not. */
static void make(float *map, uint8_t *mask) {
  for (uint32_t i = 0; i < PIXELS; i++) {
    int x = (int)i % SIDE, y = (int)i / SIDE;
    mask[i] = is_in(large, x, y) || is_in(small, x, y);
    map[i] = (float)sn_uniform_from_bits(sn_philox(0, 0, 0, i).word[0]) + (is_in(large, x, y) ? 1 : 0);
  }
}

/* Shares of a defect's pixels, or of all that belong to none (square NULL), at or above the threshold. */
static double share(const float *map, const uint8_t *mask, const int square[3], double threshold) {
  int found = 0, all = 0;
  for (int i = 0; i < PIXELS; i++)
    if (square ? is_in(square, i % SIDE, i / SIDE) : !mask[i]) {
      all++;
      found += (double)map[i] >= threshold;
    }
  return (double)found / all;
}

static bool draw(const float *map, const uint8_t *mask, const char *path) {
  SnPicture picture;
  static const uint8_t grey[3] = {128, 128, 128};
  SnExhibit exhibit = {.photograph_height = 1,
                       .photograph_width = 1,
                       .photograph = grey,
                       .mask_height = SIDE,
                       .mask_width = SIDE,
                       .mask = mask,
                       .map_height = SIDE,
                       .map_width = SIDE,
                       .map = map};
  SnScale scale = sn_scale_of(map, PIXELS, NAN);
  SnColormap colors;
  sn_colormap_make(&colors);
  if (!sn_picture_create(2 * TILE + 3 * GAP, TILE + 2 * GAP, SN_RGB(0xffffff), &picture)) return false;
  sn_draw_ground_truth(&picture, GAP, GAP, sn_square(TILE), &exhibit);
  sn_draw_heat_map(&picture, TILE + 2 * GAP, GAP, sn_square(TILE), &exhibit, &scale, &colors);
  sn_picture_write(&picture, path);
  sn_picture_free(&picture);
  return sn_ok();
}

int main(int argc, char **argv) {
  static float map[PIXELS];
  static uint8_t mask[PIXELS];
  if (argc != 2) {
    fprintf(stderr, "usage: regions OUT.png\n");
    return 2;
  }
  make(map, mask);
  printf("threshold  false alarms  large  small  mean overlap\n");
  for (int i = 0; i <= 4; i++) {
    double threshold = 1.2 - 0.1 * i, first = share(map, mask, large, threshold),
           second = share(map, mask, small, threshold);
    printf("%.1f        %.2f          %.2f   %.2f   %.2f\n", threshold, share(map, mask, NULL, threshold), first,
           second, (first + second) / 2);
  }
  SnEvaluation found;
  static const uint8_t defective = 1;
  static const float score = 2;
  SnEvaluationData data = {.images = 1,
                           .image_scores = &score,
                           .image_labels = &defective,
                           .height = SIDE,
                           .width = SIDE,
                           .maps = map,
                           .masks = mask};
  if (sn_evaluate(&data, &found, NULL) && draw(map, mask, argv[1]))
    printf("pixel AUROC %.2f, AU-PRO %.2f\n", found.pixel_auroc.value, found.au_pro.value);
  if (!sn_ok()) fprintf(stderr, "regions: %s\n", sn_error());
  return sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
