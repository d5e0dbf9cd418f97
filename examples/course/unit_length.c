/* Solution of the exercise of chapter 5: the gradient of y = x / |x|, derived, and checked against the tape.
 *
 *     make course-programs && build/examples/course/unit_length
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"

enum { LENGTH = 4 };

/* dx = (g - y (y . g)) / |x| */
static void by_formula(const double *x, const double *g, double *dx) {
  double squares = 0, along = 0;
  for (int i = 0; i < LENGTH; i++) squares += x[i] * x[i];
  double norm = sqrt(squares);
  for (int i = 0; i < LENGTH; i++) along += x[i] / norm * g[i];
  for (int i = 0; i < LENGTH; i++) dx[i] = (g[i] - x[i] / norm * along) / norm;
}

int main(void) {
  const double x[LENGTH] = {1, 2, -2, 4}, g[LENGTH] = {1, 0, 2, -1};
  double formula[LENGTH], tape_gradient[LENGTH] = {0}, along = 0;
  by_formula(x, g, formula);
  SnScope *scope = sn_scope_open();
  SnTensor *tensor = sn_require_gradient(sn_from_host(SN_FLOAT64, SN_SHAPE(LENGTH), x));
  SnTape *tape = sn_tape_begin();
  SnTensor *y = sn_div(tensor, sn_sqrt(sn_sum(sn_mul(tensor, tensor), SN_ALL_DIMS, false)));
  sn_backward(tape, sn_sum(sn_mul(y, sn_from_host(SN_FLOAT64, SN_SHAPE(LENGTH), g)), SN_ALL_DIMS, false));
  sn_tape_end(tape);
  if (sn_ok() && sn_to_host(sn_gradient(tensor), SN_FLOAT64, tape_gradient))
    for (int i = 0; i < LENGTH; i++) {
      printf("dx[%d]: by the formula %6.3f, by the tape %6.3f\n", i, formula[i], tape_gradient[i]);
      along += x[i] * tape_gradient[i];
    }
  if (sn_ok())
    printf("x . dx = %.3f\n", fabs(along) < 1e-9 ? 0 : along);
  else
    fprintf(stderr, "unit_length: %s\n", sn_error());
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  sn_scope_close(scope);
  return status;
}
