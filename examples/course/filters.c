/* What a convolution sees: three filters of 3x3 weights, set by hand, on a photograph.
 *
 *     make course-programs && build/examples/course/filters build/course/filters.png
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "datasets/generated/generate.h"
#include "report/draw/png.h"
#include "report/draw/style.h"

enum { SIDE = 144, FILTERS = 4, GAP = 12, CAPTION = 22 };

static const char *const captions[FILTERS] = {"photograph", "mean", "vertical edges", "horizontal edges"};
static const float weights[FILTERS][3][3] = {{{0, 0, 0}, {0, 1, 0}, {0, 0, 0}},
                                             {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
                                             {{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}},
                                             {{-1, -2, -1}, {0, 0, 0}, {1, 2, 1}}};
static const double scale[FILTERS] = {1, 1.0 / 9, 0.5, 0.5};

/* A drawn circuit board in grey, [1,1,SIDE,SIDE] from 0 to 1. */
static SnTensor *photograph(void) {
  static uint8_t rgb[SIDE * SIDE][3];
  static float grey[SIDE * SIDE];
  int category = sn_generated_find_category("circuit");
  if (category < 0 || !sn_generated_draw(category, 0, 0, SN_GENERATED_GOOD, SIDE, rgb[0], NULL)) return NULL;
  for (int i = 0; i < SIDE * SIDE; i++) grey[i] = (float)(rgb[i][0] + rgb[i][1] + rgb[i][2]) / (3 * 255);
  return sn_from_host(SN_FLOAT32, SN_SHAPE(1, 1, SIDE, SIDE), grey);
}

/* Edges can be positive or negative: grey stands for 0 there. In steps of 8, which makes the file small. */
static void draw_panel(SnPicture *picture, int number, const float *values) {
  int64_t left = GAP + number * (SIDE + GAP);
  sn_draw_text(picture, (double)left, 16, sn_body_font, captions[number]);
  for (int64_t i = 0; i < SIDE * SIDE; i++) {
    double value = (double)values[i] * scale[number] + (number >= 2 ? 0.5 : 0);
    uint8_t shade = (uint8_t)(8 * floor(fmin(fmax(value, 0), 1) * 31));
    sn_draw_pixel(picture, left + i % SIDE, CAPTION + i / SIDE, (SnColor){shade, shade, shade}, 1);
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: filters OUT.png\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  SnTensor *x = photograph(), *filters = sn_from_host(SN_FLOAT32, SN_SHAPE(FILTERS, 1, 3, 3), weights);
  SnTensor *y = sn_conv2d(x, filters, NULL, (SnConv2d){.padding = {1, 1}});
  const float *values = y ? sn_float_data(y) : NULL;
  SnPicture picture = {0};
  if (values && sn_picture_create(GAP + FILTERS * (SIDE + GAP), CAPTION + SIDE + GAP, sn_paper_color, &picture)) {
    for (int i = 0; i < FILTERS; i++) draw_panel(&picture, i, values + (int64_t)i * SIDE * SIDE);
    if (sn_picture_write(&picture, argv[1]))
      printf("x %s, weight %s -> y %s\n", sn_tensor_text(x), sn_tensor_text(filters), sn_tensor_text(y));
  }
  sn_picture_free(&picture);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "filters: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
