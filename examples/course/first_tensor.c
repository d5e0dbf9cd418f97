/* The shape of every program that uses the framework: a scope, tensors from numbers, operations, numbers again, one
 * check.
 *
 *     make course-programs && build/examples/course/first_tensor
 */
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"

int main(void) {
  SnScope *scope = sn_scope_open();
  const float numbers[] = {1, 2, 3, 10, 20, 30};
  SnTensor *x = sn_from_host(SN_FLOAT32, SN_SHAPE(2, 3), numbers); /* copies them */
  SnTensor *sums = sn_sum(x, SN_DIMS(1), false);                   /* along dimension 1: one for each row */
  SnTensor *mean = sn_mean(x, SN_ALL_DIMS, false);                 /* of all: no dimensions are left */
  float sum[2];
  if (sn_ok() && sn_to_host(sums, SN_FLOAT32, sum))
    printf("sums of the rows %.0f and %.0f, mean of all %.0f\n", (double)sum[0], (double)sum[1], sn_item(mean));
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "first_tensor: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
