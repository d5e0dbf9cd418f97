/* Solution of the exercise of chapter 7: how far the levels of VGG-16 see, by arithmetic and by a gradient.
 *
 *     make course-programs && build/examples/course/vgg_field
 */
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "models/backbones/backbone.h"

enum { LEVELS = 4, SIDE = 128 };

static const int convolutions[LEVELS] = {2, 2, 3, 3};

/* Rows of the input that the middle cell of a level depends on. */
static int measured(SnBackbone *backbone, int level) {
  SnScope *scope = sn_scope_open();
  SnRandom source = sn_random(0, SN_STREAM_DATA, 0);
  SnTensor *x = sn_require_gradient(sn_normal(SN_FLOAT32, SN_SHAPE(1, 3, SIDE, SIDE), 0, 1, source));
  SnTensor *levels[SN_MAX_LEVELS];
  SnTape *tape = sn_tape_begin();
  if (x && sn_backbone_forward(backbone, x, levels)) {
    int64_t middle = levels[level]->array.shape[2] / 2;
    SnTensor *cell = sn_narrow(sn_narrow(levels[level], 2, middle, 1), 3, middle, 1);
    sn_backward(tape, sn_sum(cell, SN_ALL_DIMS, false));
  }
  sn_tape_end(tape);
  float row[SIDE] = {0};
  SnTensor *rows = sn_ok() ? sn_sum(sn_abs(sn_gradient(x)), SN_DIMS(0, 1, 3), false) : NULL;
  if (rows) sn_to_host(rows, SN_FLOAT32, row);
  int count = 0;
  for (int i = 0; i < SIDE; i++) count += row[i] > 0;
  sn_scope_close(scope);
  return count;
}

int main(void) {
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 0};
  SnBackbone *backbone = sn_backbone_new("vgg16", &(SnLevels){LEVELS, {1, 2, 3, 4}}, &generator);
  int size = 1, step = 1;
  for (int level = 0; level < LEVELS && sn_ok(); level++) {
    if (level > 0) { /* the maximum over 2x2 with stride 2 before it */
      size += step;
      step *= 2;
    }
    size += convolutions[level] * 2 * step;
    printf("level %d: %2d pixels by arithmetic, %2d by the gradient, step %d\n", level + 1, size,
           measured(backbone, level), step);
  }
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "vgg_field: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
