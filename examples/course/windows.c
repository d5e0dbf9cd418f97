/* Solution of the exercise of chapter 3: all 3x3 windows of an image as a view, and their means.
 *
 *     make course-programs && build/examples/course/windows
 */
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"

enum { SIDE = 6, KERNEL = 3, COUNT = SIDE - KERNEL + 1 };

int main(void) {
  SnScope *scope = sn_scope_open();
  float numbers[SIDE * SIDE];
  for (int i = 0; i < SIDE * SIDE; i++) numbers[i] = (float)(i * i % 17);
  SnTensor *x = sn_from_host(SN_FLOAT32, SN_SHAPE(SIDE, SIDE), numbers);
  const int64_t shape[] = {COUNT, COUNT, KERNEL, KERNEL}, stride[] = {SIDE, 1, SIDE, 1};
  SnTensor *windows = x ? sn_view(x, 4, shape, stride, 0) : NULL;
  SnTensor *means = windows ? sn_mean(windows, SN_DIMS(2, 3), false) : NULL;
  SnTensor *image = sn_reshape(x, SN_SHAPE(1, 1, SIDE, SIDE));
  SnTensor *pooled = sn_avg_pool2d(image, (SnPool2d){.kernel = {KERNEL, KERNEL}, .stride = {1, 1}});
  SnTensor *difference = sn_sub(means, sn_reshape(pooled, SN_SHAPE(COUNT, COUNT)));
  double largest = sn_item(sn_max(sn_abs(difference), SN_ALL_DIMS, false)), mean[COUNT * COUNT] = {0};
  if (sn_ok() && sn_to_host(means, SN_FLOAT64, mean)) {
    printf("windows: shape %s, strides %s\n", sn_tensor_text(windows), sn_shape_text(4, stride));
    printf("%d elements seen, %d in memory\n", (int)sn_count(windows), (int)sn_count(x));
    printf("means of the first row: %.2f %.2f %.2f %.2f\n", mean[0], mean[1], mean[2], mean[3]);
    printf("largest difference from avg_pool2d: %.5f\n", largest);
  }
  if (!sn_ok()) fprintf(stderr, "windows: %s\n", sn_error());
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  sn_scope_close(scope);
  return status;
}
