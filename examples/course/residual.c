/* What "+ x" does: a network of 40 layers that tells two arcs apart, with and without shortcuts. How large the gradient
 * is that reaches each layer, and how the loss falls.
 *
 *     make course-programs && build/examples/course/residual build/course/residual.svg
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "nn/batch_norm.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/optimizer.h"
#include "report/plot/plot.h"

enum { POINTS = 128, WIDTH = 32, DEPTH = 40, STEPS = 150 };

typedef struct Network {
  SnModule module;
  bool residual;
  SnLinear *first, *layer[DEPTH], *last;
  SnBatchNorm *norm[DEPTH];
} Network;

static Network *network_new(bool residual) {
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 0};
  Network *n = sn_scope_allocate(1, sizeof *n, NULL);
  if (!n) return NULL;
  n->residual = residual;
  n->first = sn_linear_new(2, WIDTH, true, &generator);
  n->last = sn_linear_new(WIDTH, 1, true, &generator);
  sn_module_add(&n->module, "first", &n->first->module);
  sn_module_add(&n->module, "last", &n->last->module);
  for (int i = 0; i < DEPTH && sn_ok(); i++) {
    char name[16];
    n->norm[i] = sn_batch_norm_new(WIDTH, &generator);
    n->layer[i] = sn_linear_new(WIDTH, WIDTH, false, &generator);
    if (!sn_ok()) return NULL;
    sn_init_kaiming_normal(n->layer[i]->weight, 0, SN_FAN_IN, &generator);
    snprintf(name, sizeof name, "norm%d", i);
    sn_module_add(&n->module, name, &n->norm[i]->module);
    snprintf(name, sizeof name, "layer%d", i);
    sn_module_add(&n->module, name, &n->layer[i]->module);
  }
  sn_module_train(&n->module, true);
  return sn_ok() ? n : NULL;
}

/* The one difference is the addition. */
static SnTensor *forward(const Network *n, SnTensor *x) {
  x = sn_linear_forward(n->first, x);
  for (int i = 0; i < DEPTH; i++) {
    SnTensor *y = sn_linear_forward(n->layer[i], sn_relu(sn_batch_norm_forward(n->norm[i], x)));
    x = n->residual ? sn_add(x, y) : y;
  }
  return sn_linear_forward(n->last, x);
}

/* Two half circles that reach into one another: points [POINTS,2], labels [POINTS,1]. */
static SnTensor *points(SnTensor **labels) {
  float xy[POINTS][2], label[POINTS];
  for (int i = 0; i < POINTS; i++) {
    int upper = i % 2;
    double angle = acos(-1) * i / POINTS;
    xy[i][0] = (float)(upper ? cos(angle) - 0.5 : 0.5 - cos(angle));
    xy[i][1] = (float)(upper ? sin(angle) - 0.25 : 0.25 - sin(angle));
    label[i] = (float)upper;
  }
  *labels = sn_from_host(SN_FLOAT32, SN_SHAPE(POINTS, 1), label);
  return sn_from_host(SN_FLOAT32, SN_SHAPE(POINTS, 2), xy);
}

static double norm_of(SnTensor *x) { return sqrt(sn_item(sn_sum(sn_mul(x, x), SN_ALL_DIMS, false))); }

/* Trains; gradient[i]: length of layer i's gradient in the first step. */
static bool train(bool residual, double *gradient, double *loss) {
  SnScope *scope = sn_scope_open();
  Network *n = network_new(residual);
  SnTensor *labels, *x = points(&labels);
  SnOptimizer *optimizer = n ? sn_optimizer_new(&n->module, sn_optimizer_defaults(SN_SGD, 0.01)) : NULL;
  for (int step = 0; step < STEPS && sn_ok(); step++) {
    SnScope *inner = sn_scope_open();
    SnTape *tape = sn_tape_begin();
    SnTensor *value = sn_bce_with_logits(forward(n, x), labels);
    sn_optimizer_zero_gradients(optimizer);
    sn_backward(tape, value);
    sn_tape_end(tape);
    for (int i = 0; i < DEPTH && step == 0 && sn_ok(); i++) gradient[i] = norm_of(sn_gradient(n->layer[i]->weight));
    sn_optimizer_step(optimizer);
    loss[step] = sn_item(value);
    sn_scope_close(inner);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static double mean(const double *numbers, int count) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += numbers[i];
  return sum / count;
}

static bool draw(double gradient[2][DEPTH], const char *path) {
  double number[DEPTH], power[2][DEPTH];
  for (int i = 0; i < DEPTH; i++) {
    number[i] = i + 1;
    for (int r = 0; r < 2; r++) power[r][i] = log10(gradient[r][i]);
  }
  const SnSeries series[] = {
      {.name = "plain", .kind = SN_SERIES_LINE_POINTS, .color = 1, .x = number, .y = power[0], .count = DEPTH},
      {.name = "residual", .kind = SN_SERIES_LINE_POINTS, .color = 0, .x = number, .y = power[1], .count = DEPTH}};
  const SnPlot plot = {.title = "Gradient of each layer's weights before training",
                       .x = {.label = "layer, counted from the input", .low = 0, .high = DEPTH},
                       .y = {.label = "logarithm of its length (base 10)", .low = NAN, .high = NAN},
                       .series = series,
                       .series_count = 2};
  return sn_plot_write(&plot, path);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: residual OUT.svg\n");
    return 2;
  }
  double gradient[2][DEPTH], loss[STEPS];
  for (int r = 0; r < 2 && sn_ok(); r++)
    if (train(r == 1, gradient[r], loss))
      printf("%-8s  gradients of layers 40, 20, 1: %.2f, %.2f, %.1f; loss at the end %.3f\n",
             r == 1 ? "residual" : "plain", gradient[r][DEPTH - 1], gradient[r][DEPTH / 2 - 1], gradient[r][0],
             mean(loss + STEPS - 50, 50));
  if (sn_ok() && draw(gradient, argv[1])) return EXIT_SUCCESS;
  fprintf(stderr, "residual: %s\n", sn_error());
  return EXIT_FAILURE;
}
