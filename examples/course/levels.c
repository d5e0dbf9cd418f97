/* What the levels of the embedded backbone respond to: for each level the cells that a missing screw changes, and the
 * channels that vary most.
 *
 *     make course-programs && build/examples/course/levels build/course/levels.png [CATEGORY DEFECT]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autograd/ops.h"
#include "examples/course/embedded_backbone.h"
#include "report/draw/colormap.h"
#include "report/draw/png.h"
#include "report/draw/style.h"

enum { LEVELS = 3, SIDE = 224, PANEL = 112, CHANNELS = 4, GAP = 12, CAPTION = 22 };

static int64_t left_of(int column) { return GAP + column * (PANEL + GAP); }
static int64_t top_of(int row) { return CAPTION + row * (PANEL + CAPTION); }

static void caption(SnPicture *picture, int column, int row, const char *text) {
  sn_draw_text(picture, (double)left_of(column), (double)top_of(row) - 6, sn_note_font, text);
}

/* cells [side, side] as squares, from their smallest to their largest number in 24 colours. */
static void draw_cells(SnPicture *picture, int column, int row, const float *cells, int64_t side) {
  SnColormap colors;
  double low = INFINITY, high = -INFINITY;
  sn_colormap_make(&colors);
  for (int64_t i = 0; i < side * side; i++) {
    low = fmin(low, (double)cells[i]);
    high = fmax(high, (double)cells[i]);
  }
  for (int64_t i = 0; i < side * side; i++) {
    double value = floor(24 * ((double)cells[i] - low) / fmax(high - low, 1e-9)) / 24;
    sn_draw_rectangle(picture, left_of(column) + i % side * PANEL / side, top_of(row) + i / side * PANEL / side,
                      PANEL / side, PANEL / side, sn_colormap_color(&colors, value, 0, 1));
  }
}

/* The photograph at half its size. */
static void draw_photograph(SnPicture *picture, int row, const char *title, const uint8_t *rgb) {
  caption(picture, 0, row, title);
  for (int64_t i = 0; i < PANEL * PANEL; i++) {
    const uint8_t *pixel = rgb + 3 * (i / PANEL * 2 * SIDE + i % PANEL * 2);
    SnColor color = {pixel[0] & 0xf0, pixel[1] & 0xf0, pixel[2] & 0xf0};
    sn_draw_pixel(picture, left_of(0) + i % PANEL, top_of(row) + i / PANEL, color, 1);
  }
}

/* [1,C,S,S] -> [1,S,S], the length of the vector in each cell. */
static SnTensor *lengths(SnTensor *x) { return sn_sqrt(sn_sum(sn_mul(x, x), SN_DIMS(1), false)); }

/* Which cells the defect changes, and by how much beside what cells differ by anyway. */
static void draw_change(SnPicture *picture, int row, SnTensor *good, SnTensor *bad) {
  int64_t side = bad->array.shape[2], many = 0;
  SnTensor *change = lengths(sn_sub(bad, good));
  SnTensor *usual = sn_mean(lengths(sn_sub(good, sn_mean(good, SN_DIMS(2, 3), true))), SN_ALL_DIMS, false);
  double largest = sn_item(sn_max(change, SN_ALL_DIMS, false)), scale = sn_item(usual);
  const float *cells = sn_ok() ? sn_float_data(change) : NULL;
  if (!cells) return;
  for (int64_t i = 0; i < side * side; i++) many += (double)cells[i] > 0.1 * largest;
  char text[48];
  snprintf(text, sizeof text, "layer%d: change", row + 1);
  caption(picture, 1, row, text);
  draw_cells(picture, 1, row, cells, side);
  printf("layer%d: %3d channels of %2d x %2d cells; %2d cells change, the most by %.1f times what cells differ by\n",
         row + 1, (int)bad->array.shape[1], (int)side, (int)side, (int)many, largest / scale);
}

/* The channels of a level [1,C,S,S] that have the largest variance. */
static void draw_channels(SnPicture *picture, int row, SnTensor *level) {
  int64_t side = level->array.shape[2];
  SnTensor *difference = sn_sub(level, sn_mean(level, SN_DIMS(2, 3), true));
  SnTensor *variance = sn_mean(sn_mul(difference, difference), SN_DIMS(0, 2, 3), false);
  float *spread = variance ? sn_float_data(variance) : NULL;
  for (int k = 0; k < CHANNELS && spread; k++) {
    int64_t best = 0;
    for (int64_t c = 1; c < level->array.shape[1]; c++) best = spread[c] > spread[best] ? c : best;
    spread[best] = -1; /* taken */
    char text[48];
    snprintf(text, sizeof text, "channel %d", (int)best);
    caption(picture, 2 + k, row, text);
    draw_cells(picture, 2 + k, row, sn_float_data(level) + best * side * side, side);
  }
}

/* The same photograph without and with the defect. */
static bool photographs(const char *category, const char *defect, uint8_t *good, uint8_t *bad) {
  int number = sn_generated_find_category(category);
  const SnGeneratedCategory *known = number < 0 ? NULL : sn_generated_category(number);
  for (int d = 0; known && d < known->defect_count; d++)
    if (strcmp(known->defects[d], defect) == 0)
      return sn_generated_draw(number, 0, 3, SN_GENERATED_GOOD, SIDE, good, NULL) &&
             sn_generated_draw(number, 0, 3, d, SIDE, bad, NULL);
  return known ? sn_fail("%s has no defect %s", category, defect) : false;
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 4) {
    fprintf(stderr, "usage: levels OUT.png [CATEGORY DEFECT]\n");
    return 2;
  }
  static uint8_t good[SIDE * SIDE * 3], bad[SIDE * SIDE * 3];
  SnScope *scope = sn_scope_open();
  SnBackbone *backbone = embedded_backbone(NULL);
  SnTensor *of_good[SN_MAX_LEVELS], *of_bad[SN_MAX_LEVELS];
  SnPicture picture = {0};
  if (backbone && photographs(argc == 4 ? argv[2] : "gear", argc == 4 ? argv[3] : "missing_screw", good, bad) &&
      sn_backbone_forward(backbone, network_input(good, SIDE), of_good) &&
      sn_backbone_forward(backbone, network_input(bad, SIDE), of_bad) &&
      sn_picture_create(left_of(2 + CHANNELS), top_of(LEVELS) - CAPTION + GAP, sn_paper_color, &picture)) {
    draw_photograph(&picture, 0, "good", good);
    draw_photograph(&picture, 1, "defective", bad);
    for (int i = 0; i < LEVELS && sn_ok(); i++) {
      draw_change(&picture, i, of_good[i], of_bad[i]);
      draw_channels(&picture, i, of_bad[i]);
    }
    sn_picture_write(&picture, argv[1]);
  }
  sn_picture_free(&picture);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "levels: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
