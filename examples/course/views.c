/* Shapes and strides: which operations look at the same memory in another way, and which copy it.
 *
 *     make course-programs && build/examples/course/views build/course/views.svg
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "examples/course/svg.h"

enum { ROWS = 3, COLUMNS = 4, CELL = 34 };

typedef struct Seen {
  const char *how;
  SnTensor *tensor;
} Seen;

/* Elements between the first of `base` and the first of `tensor`, or -1 where their memory is not the same. */
static int64_t offset_in(const SnTensor *base, const SnTensor *tensor) {
  if (base->storage != tensor->storage) return -1;
  return (const float *)tensor->array.data - (const float *)base->array.data;
}

static void describe(const SnTensor *base, const Seen *seen) {
  const SnArray *a = &seen->tensor->array;
  int64_t offset = offset_in(base, seen->tensor);
  char start[24] = "own memory";
  if (offset >= 0) snprintf(start, sizeof start, "x + %" PRId64, offset);
  printf("%-28s %-8s %-8s %-11s %s\n", seen->how, sn_shape_text(a->ndim, a->shape), sn_shape_text(a->ndim, a->stride),
         start, sn_array_is_contiguous(a) ? "yes" : "no");
}

/* The numbers of a matrix, each at its element of memory by data[i * stride[0] + j * stride[1]]. */
static void draw_matrix(SnMarkup *svg, const Seen *seen, int x, int y) {
  const SnArray *a = &seen->tensor->array;
  const float *data = a->data;
  svg_text(svg, x, y - 26, "start", "", seen->how);
  char text[64];
  snprintf(text, sizeof text, "strides %s", sn_shape_text(a->ndim, a->stride));
  svg_text(svg, x, y - 9, "start", "small", text);
  for (int64_t i = 0; i < a->shape[0]; i++)
    for (int64_t j = 0; j < a->shape[1]; j++) {
      int left = x + (int)j * CELL, top = y + (int)i * CELL;
      snprintf(text, sizeof text, "%g", (double)data[i * a->stride[0] + j * a->stride[1]]);
      svg_box(svg, left, top, CELL, CELL, "#dbeafe");
      svg_text(svg, left + CELL / 2, top + 22, "middle", "", text);
    }
}

static bool draw(const Seen *seen, const char *path) {
  SnMarkup svg = {0};
  char text[8];
  svg_open(&svg, 640, 300);
  svg_text(&svg, 20, 28, "start", "", "memory: twelve numbers, one after the other");
  for (int i = 0; i < ROWS * COLUMNS; i++) {
    snprintf(text, sizeof text, "%d", i);
    svg_box(&svg, 20 + i * CELL, 40, CELL, CELL, "#fef3c7");
    svg_text(&svg, 20 + i * CELL + CELL / 2, 62, "middle", "", text);
  }
  draw_matrix(&svg, &seen[0], 20, 140);
  draw_matrix(&svg, &seen[1], 240, 140);
  draw_matrix(&svg, &seen[2], 430, 140);
  return svg_close(&svg, path);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: views OUT.svg\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  float numbers[ROWS * COLUMNS];
  for (int i = 0; i < ROWS * COLUMNS; i++) numbers[i] = (float)i;
  SnTensor *x = sn_from_host(SN_FLOAT32, SN_SHAPE(ROWS, COLUMNS), numbers);
  SnTensor *transposed = sn_permute(x, SN_DIMS(1, 0));
  Seen seen[] = {{"x", x},
                 {"permute(x, 1, 0)", transposed},
                 {"narrow(x, 1, 1, 2)", sn_narrow(x, 1, 1, 2)},
                 {"reshape(x, 2, 6)", sn_reshape(x, SN_SHAPE(2, 6))},
                 {"reshape(permute(x), 2, 6)", sn_reshape(transposed, SN_SHAPE(2, 6))},
                 {"narrow(x, 0, 0, 1)", sn_narrow(x, 0, 0, 1)},
                 {"expand(narrow(x, 0, 0, 1))", sn_expand(sn_narrow(x, 0, 0, 1), SN_SHAPE(ROWS, COLUMNS))}};
  enum { COUNT = sizeof seen / sizeof *seen };
  if (sn_ok()) printf("%-28s %-8s %-8s %-11s %s\n", "", "shape", "strides", "begins at", "contiguous");
  for (int i = 0; i < COUNT && sn_ok(); i++) describe(x, &seen[i]);
  if (sn_ok() && draw(seen, argv[1])) {
    sn_float_data(x)[1] = 100; /* row 0, column 1 */
    printf("\nx[0][1] becomes 100. Who sees it?\n");
    for (int i = 0; i < COUNT && sn_ok(); i++)
      printf("%-28s largest number %.0f\n", seen[i].how, sn_item(sn_max(seen[i].tensor, SN_ALL_DIMS, false)));
  }
  if (!sn_ok()) fprintf(stderr, "views: %s\n", sn_error());
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  sn_scope_close(scope);
  return status;
}
