/* How far a cell of each level sees: by arithmetic for three ResNets, and measured by a gradient for the embedded one.
 *
 *     make course-programs && build/examples/course/receptive_field build/course/receptive_field.png
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autograd/ops.h"
#include "examples/course/embedded_backbone.h"
#include "models/backbones/resnet.h"
#include "report/draw/colormap.h"
#include "report/draw/png.h"
#include "report/draw/style.h"

enum { LEVELS = 3, IMAGES = 4, SIDE = 224, SHOWN = 128, SCALE = 2, GAP = 12, CAPTION = 22 };

/* ---- by arithmetic ---- */

typedef struct Field {
  int64_t size, step; /* input pixels that a cell sees, and from one cell to the next, along a side */
} Field;

/* A layer sees `kernel` cells of the one before, which are `step` pixels apart. */
static Field through(Field field, int64_t kernel, int64_t stride) {
  return (Field){field.size + (kernel - 1) * field.step, field.step * stride};
}

static void print_fields(const SnResNetSpec *spec) {
  Field field = through(through((Field){1, 1}, 7, 2), 3, 2); /* conv1, and the maximum over 3x3 */
  printf("%-16s", spec->name);
  for (int layer = 0; layer < SN_RESNET_LAYERS; layer++)
    for (int b = 0; b < spec->blocks[layer]; b++) {
      field = through(field, 3, layer > 0 && b == 0 ? 2 : 1); /* 1x1 convolutions see no further */
      if (!spec->bottleneck) field = through(field, 3, 1);
      if (b == spec->blocks[layer] - 1) printf("  layer%d %3" PRId64 " /%-2" PRId64, layer + 1, field.size, field.step);
    }
  printf("\n");
}

/* ---- measured ---- */

static SnTensor *photographs(void) {
  static const char *const categories[IMAGES] = {"circuit", "fabric", "tiles", "wood"};
  static uint8_t rgb[SIDE * SIDE * 3];
  SnTensor *images[IMAGES] = {NULL};
  for (int i = 0; i < IMAGES && sn_ok(); i++)
    if (sn_generated_draw(sn_generated_find_category(categories[i]), 0, i, SN_GENERATED_GOOD, SIDE, rgb, NULL))
      images[i] = network_input(rgb, SIDE);
  return sn_ok() ? sn_cat(IMAGES, images, 0) : NULL;
}

/* How much the middle cell of a level depends on each pixel: |d sum over channels / d pixel|, added up. */
static bool measure(SnBackbone *backbone, SnTensor *images, int level, float *weight) {
  SnScope *scope = sn_scope_open();
  SnTensor *input = sn_require_gradient(sn_copy_of(images)), *levels[SN_MAX_LEVELS];
  SnTape *tape = sn_tape_begin();
  if (input && sn_backbone_forward(backbone, input, levels)) {
    int64_t middle = levels[level]->array.shape[2] / 2;
    SnTensor *cell = sn_narrow(sn_narrow(levels[level], 2, middle, 1), 3, middle, 1);
    sn_backward(tape, sn_sum(cell, SN_ALL_DIMS, false));
  }
  sn_tape_end(tape);
  SnTensor *total = sn_ok() ? sn_sum(sn_abs(sn_gradient(input)), SN_DIMS(0, 1), false) : NULL;
  if (total) sn_to_host(total, SN_FLOAT32, weight);
  sn_scope_close(scope);
  return sn_ok();
}

/* The side of the box around all pixels that count, and of the smallest square in its middle that has half of it all.
 */
static void describe(const float *weight, int number) {
  int first = SIDE, last = -1;
  double all = 0, inside = 0;
  for (int i = 0; i < SIDE * SIDE; i++) {
    all += (double)weight[i];
    if (weight[i] > 0 && i / SIDE < first) first = i / SIDE;
    if (weight[i] > 0 && i / SIDE > last) last = i / SIDE;
  }
  int middle = (first + last) / 2, half = -1;
  while (2 * inside < all) {
    half++;
    inside = 0;
    for (int y = middle - half; y <= middle + half; y++)
      for (int x = middle - half; x <= middle + half; x++) inside += (double)weight[y * SIDE + x];
  }
  printf("layer%d: the gradient reaches %2d pixels; half of it is within %2d x %2d\n", number, last - first + 1,
         2 * half + 1, 2 * half + 1);
}

/* Square roots, so that what is small can be seen. */
static void draw_panel(SnPicture *picture, int level, const float *weight) {
  SnColormap colors;
  char caption[32];
  double largest = 0;
  int64_t left = GAP + level * (SHOWN * SCALE + GAP);
  snprintf(caption, sizeof caption, "layer%d", level + 1);
  sn_draw_text(picture, (double)left, 16, sn_body_font, caption);
  sn_colormap_make(&colors);
  for (int i = 0; i < SIDE * SIDE; i++) largest = fmax(largest, (double)weight[i]);
  for (int y = 0; y < SHOWN; y++)
    for (int x = 0; x < SHOWN; x++) {
      int from = (SIDE - SHOWN) / 2;
      double value = floor(24 * sqrt((double)weight[(y + from) * SIDE + x + from] / largest)) / 24;
      sn_draw_rectangle(picture, left + x * SCALE, CAPTION + y * SCALE, SCALE, SCALE,
                        sn_colormap_color(&colors, value, 0, 1));
    }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: receptive_field OUT.png\n");
    return 2;
  }
  for (int i = 0; i < sn_resnet_count; i++)
    if (strcmp(sn_resnet_specs[i].name, "resnet18") == 0 || strcmp(sn_resnet_specs[i].name, "wide_resnet50_2") == 0 ||
        sn_backbone_is_embedded(sn_resnet_specs[i].name))
      print_fields(&sn_resnet_specs[i]);
  static float weight[SIDE * SIDE];
  SnScope *scope = sn_scope_open();
  SnBackbone *backbone = embedded_backbone(NULL);
  SnTensor *images = backbone ? photographs() : NULL;
  SnPicture picture = {0};
  if (images && sn_picture_create(GAP + LEVELS * (SHOWN * SCALE + GAP), CAPTION + SHOWN * SCALE + GAP, sn_paper_color,
                                  &picture)) {
    for (int level = 0; level < LEVELS && measure(backbone, images, level, weight); level++) {
      describe(weight, level + 1);
      draw_panel(&picture, level, weight);
    }
    sn_picture_write(&picture, argv[1]);
  }
  sn_picture_free(&picture);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "receptive_field: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
