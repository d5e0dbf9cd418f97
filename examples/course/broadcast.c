/* Broadcasting: what NumPy's rule makes of two shapes, and what it costs.
 *
 *     make course-programs && build/examples/course/broadcast
 */
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"

/* a + b, or why not. */
static void add(SnTensor *a, SnTensor *b) {
  SnTensor *sum = sn_add(a, b);
  if (sum)
    printf("%-16s + %-16s = %s\n", sn_tensor_text(a), sn_tensor_text(b), sn_tensor_text(sum));
  else {
    printf("%s\n", sn_error());
    sn_clear_error();
  }
}

int main(void) {
  SnScope *scope = sn_scope_open();
  SnTensor *images = sn_zeros(SN_FLOAT32, SN_SHAPE(8, 3, 4, 4)), *one = sn_scalar(SN_FLOAT32, 1);
  float mean[3] = {0.485F, 0.456F, 0.406F};
  SnTensor *channel = sn_from_host(SN_FLOAT32, SN_SHAPE(3, 1, 1), mean), *row = sn_zeros(SN_FLOAT32, SN_SHAPE(4));
  SnTensor *plain = sn_from_host(SN_FLOAT32, SN_SHAPE(3), mean);
  if (sn_ok()) {
    add(images, one);
    add(images, row);
    add(images, channel);
    add(images, plain);
    SnTensor *wide = sn_expand(channel, SN_SHAPE(8, 3, 4, 4));
    printf("one mean per channel, expanded to the images: shape %s, strides %s, 3 numbers in memory\n",
           sn_tensor_text(wide), sn_shape_text(wide->array.ndim, wide->array.stride));
    SnTensor *column = sn_zeros(SN_FLOAT32, SN_SHAPE(4, 1));
    add(column, row);
  }
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "broadcast: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
