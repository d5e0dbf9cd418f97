/* A straight line through points by gradient descent: tensors, a tape, a parameter's gradient, an optimiser.
 *
 *     make framework-examples && build/examples/framework/line
 */
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "nn/linear.h"
#include "nn/optimizer.h"

enum { POINTS = 64, STEPS = 200, SHOWN = 40 };

/* Least squares has a formula: the slope is the covariance of x and y by the variance of x. */
static double best_slope(SnTensor *x, SnTensor *y) {
  SnTensor *from_mean = sn_sub(x, sn_mean(x, SN_ALL_DIMS, false));
  SnTensor *covariance = sn_mean(sn_mul(from_mean, y), SN_ALL_DIMS, false);
  return sn_item(sn_div(covariance, sn_mean(sn_mul(from_mean, from_mean), SN_ALL_DIMS, false)));
}

static double step(SnLinear *line, SnOptimizer *optimizer, SnTensor *x, SnTensor *y) {
  SnScope *scope = sn_scope_open(); /* owns what the step makes */
  SnTape *tape = sn_tape_begin();   /* from here on operations on parameters are recorded */
  SnTensor *error = sn_sub(sn_linear_forward(line, x), y);
  SnTensor *loss = sn_mean(sn_mul(error, error), SN_ALL_DIMS, false);
  sn_optimizer_zero_gradients(optimizer);
  sn_backward(tape, loss); /* d loss / d weight and d loss / d bias */
  sn_optimizer_step(optimizer);
  double value = sn_item(loss);
  sn_tape_end(tape);
  sn_scope_close(scope);
  return value;
}

int main(void) {
  SnScope *scope = sn_scope_open();
  SnTensor *x = sn_uniform(SN_FLOAT32, SN_SHAPE(POINTS, 1), -1, 1, sn_random(0, SN_STREAM_DATA, 1));
  SnTensor *noise = sn_normal(SN_FLOAT32, SN_SHAPE(POINTS, 1), 0, 0.1, sn_random(0, SN_STREAM_DATA, 2));
  SnTensor *y = sn_add(sn_add_scalar(sn_scale(x, 2), 1), noise); /* y = 2 x + 1, not quite */
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 0};
  SnLinear *line = sn_linear_new(1, 1, true, &generator);
  SnOptimizer *optimizer = sn_ok() ? sn_optimizer_new(&line->module, sn_optimizer_defaults(SN_SGD, 0.1)) : NULL;
  for (int i = 1; i <= STEPS && sn_ok(); i++) {
    double loss = step(line, optimizer, x, y);
    if (i % SHOWN == 0 && sn_ok())
      printf("step %3d  loss %.5f  y = %.4f x + %.4f\n", i, loss, sn_item(line->weight), sn_item(line->bias));
  }
  double slope = best_slope(x, y);
  if (sn_ok())
    printf("least squares gives the slope %.4f\n", slope);
  else
    fprintf(stderr, "line: %s\n", sn_error());
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  sn_scope_close(scope);
  return status;
}
