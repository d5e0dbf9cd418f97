/* BatchNorm's two modes, and why its dx has three terms.
 *
 *     make course-programs && build/examples/course/batch_norm build/course/batch_norm.svg
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "nn/batch_norm.h"
#include "report/plot/plot.h"

enum { BATCH = 256, STEPS = 60, FEW = 4 };

/* What the layer makes of the first of two numbers, or of one in evaluation. */
static double result(SnBatchNorm *layer, double x, double company) {
  SnScope *scope = sn_scope_open();
  float numbers[] = {(float)x, (float)company};
  SnTensor *y = sn_batch_norm_forward(layer, sn_from_host(SN_FLOAT32, SN_SHAPE(2, 1), numbers));
  double first = sn_item(sn_narrow(y, 0, 0, 1));
  sn_scope_close(scope);
  return first;
}

/* Batches with the mean 5 and the standard deviation 2 go through a new layer; the running mean follows. */
static bool follow(SnBatchNorm *layer, const char *path) {
  double step[STEPS + 1] = {0}, mean[STEPS + 1] = {0}, deviation[STEPS + 1] = {1};
  for (int i = 1; i <= STEPS && sn_ok(); i++) {
    SnScope *scope = sn_scope_open();
    sn_batch_norm_forward(layer,
                          sn_normal(SN_FLOAT32, SN_SHAPE(BATCH, 1), 5, 2, sn_random(0, SN_STREAM_DATA, (uint32_t)i)));
    step[i] = i;
    mean[i] = sn_item(layer->running_mean);
    deviation[i] = sqrt(sn_item(layer->running_var));
    sn_scope_close(scope);
    if (i == 1 || i == 10 || i == STEPS)
      printf("after %2d batches: running mean %.1f, running deviation %.1f\n", i, mean[i], deviation[i]);
  }
  const SnSeries series[] = {
      {.name = "running mean", .kind = SN_SERIES_LINE, .color = 0, .x = step, .y = mean, .count = STEPS + 1},
      {.name = "running deviation", .kind = SN_SERIES_LINE, .color = 1, .x = step, .y = deviation, .count = STEPS + 1}};
  const SnPlot plot = {.title = "Running mean and deviation",
                       .x = {.label = "batches", .low = 0, .high = STEPS},
                       .y = {.label = "", .low = 0, .high = 6},
                       .series = series,
                       .series_count = 2};
  return sn_ok() && sn_plot_write(&plot, path);
}

static SnTensor *first_result(SnTensor *x) {
  SnTensor *y = sn_batch_norm(x, NULL, NULL, NULL, NULL, true, 0.1, 1e-5);
  return sn_reshape(sn_narrow(y, 0, 0, 1), SN_SHAPE(1));
}

/* d y[0] / d x[k] by the tape, by the rule that takes mean and variance for constants, and by differences. */
static void compare_gradients(void) {
  const double h = 1e-5, numbers[FEW] = {1, 2, 4, 7};
  SnTensor *x = sn_require_gradient(sn_from_host(SN_FLOAT64, SN_SHAPE(FEW, 1), numbers));
  SnTape *tape = sn_tape_begin();
  sn_backward(tape, first_result(x));
  sn_tape_end(tape);
  double gradient[FEW], deviation = sqrt(5.25 + 1e-5); /* of 1, 2, 4 and 7, whose mean is 3.5 */
  if (!sn_ok() || !sn_to_host(sn_gradient(x), SN_FLOAT64, gradient)) return;
  for (int k = 0; k < FEW && sn_ok(); k++) {
    double moved[2] = {0};
    for (int side = 0; side < 2; side++) {
      double copy[FEW] = {1, 2, 4, 7};
      copy[k] += side == 0 ? h : -h;
      moved[side] = sn_item(first_result(sn_from_host(SN_FLOAT64, SN_SHAPE(FEW, 1), copy)));
    }
    printf("d y[0] / d x[%d]: by the tape %6.3f, with constant mean and variance %6.3f, by differences %6.3f\n", k,
           gradient[k], k == 0 ? 1 / deviation : 0, (moved[0] - moved[1]) / (2 * h));
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: batch_norm OUT.svg\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 0};
  SnBatchNorm *layer = sn_batch_norm_new(1, &generator);
  if (layer) sn_module_train(&layer->module, true);
  if (layer && follow(layer, argv[1])) {
    sn_module_train(&layer->module, false);
    printf("evaluation: 7 beside 5 becomes %.1f, 7 beside 9 becomes %.1f\n", result(layer, 7, 5), result(layer, 7, 9));
    sn_module_train(&layer->module, true);
    printf("training:   7 beside 5 becomes %.1f, 7 beside 9 becomes %.1f\n", result(layer, 7, 5), result(layer, 7, 9));
    compare_gradients();
  }
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "batch_norm: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
