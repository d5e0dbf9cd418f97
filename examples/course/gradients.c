/* The backward rule of each layer of chapter 5 against central differences.
 *
 *     make course-programs && build/examples/course/gradients
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "tensor/random.h"

enum { MAX_INPUTS = 3 };

typedef SnTensor *(*Layer)(SnTensor **inputs);

typedef struct Case {
  const char *name;
  Layer layer;
  int count;
  const char *inputs[MAX_INPUTS];
  int64_t shape[MAX_INPUTS][4];
} Case;

/* ---- the layers ---- */

static SnTensor *linear(SnTensor **in) { return sn_linear(in[0], in[1], in[2]); }

static SnTensor *convolution(SnTensor **in) {
  return sn_conv2d(in[0], in[1], in[2], (SnConv2d){.stride = {2, 2}, .padding = {1, 1}});
}

static SnTensor *batch_norm(SnTensor **in, bool training) {
  SnTensor *mean = sn_full(SN_FLOAT64, 0.3, SN_SHAPE(3)), *variance = sn_full(SN_FLOAT64, 2, SN_SHAPE(3));
  return sn_batch_norm(in[0], mean, variance, in[1], in[2], training, 0.1, 1e-5);
}

static SnTensor *batch_norm_training(SnTensor **in) { return batch_norm(in, true); }
static SnTensor *batch_norm_evaluation(SnTensor **in) { return batch_norm(in, false); }

static SnTensor *relu(SnTensor **in) { return sn_relu(in[0]); }
static SnTensor *leaky_relu(SnTensor **in) { return sn_leaky_relu(in[0], 0.2); }

/* mean max(0, 0.5 - D(good)) + mean max(0, 0.5 + D(noisy)) */
static SnTensor *truncated_l1(SnTensor **in) {
  SnTensor *good = sn_clamp(sn_add_scalar(sn_neg(in[0]), 0.5), 0, INFINITY);
  SnTensor *noisy = sn_clamp(sn_add_scalar(in[1], 0.5), 0, INFINITY);
  return sn_add(sn_mean(good, SN_ALL_DIMS, false), sn_mean(noisy, SN_ALL_DIMS, false));
}

static SnTensor *cross_entropy(SnTensor **in) {
  const int64_t classes[] = {2, 0, 1, 1};
  return sn_cross_entropy(in[0], sn_from_host(SN_INT64, SN_SHAPE(4), classes));
}

static const Case cases[] = {
    {"linear", linear, 3, {"x", "weight", "bias"}, {{5, 4, 0}, {3, 4, 0}, {3, 0}}},
    {"conv2d, stride 2", convolution, 3, {"x", "weight", "bias"}, {{2, 3, 5, 5}, {4, 3, 3, 3}, {4, 0}}},
    {"batch_norm, training", batch_norm_training, 3, {"x", "weight", "bias"}, {{2, 3, 4, 4}, {3, 0}, {3, 0}}},
    {"batch_norm, evaluation", batch_norm_evaluation, 3, {"x", "weight", "bias"}, {{2, 3, 4, 4}, {3, 0}, {3, 0}}},
    {"relu", relu, 1, {"x"}, {{6, 6, 0}}},
    {"leaky_relu", leaky_relu, 1, {"x"}, {{6, 6, 0}}},
    {"truncated L1 loss", truncated_l1, 2, {"D(good)", "D(noisy)"}, {{8, 0}, {8, 0}}},
    {"cross-entropy loss", cross_entropy, 1, {"logits"}, {{4, 3, 0}}},
};

/* ---- the check ---- */

/* One number: the layer's result, weighted at random. A plain sum would not do: that of BatchNorm's results is
 * constant.
 */
static SnTensor *loss_of(const Case *c, SnTensor **inputs) {
  SnTensor *y = c->layer(inputs);
  if (!y) return NULL;
  SnTensor *weights = sn_normal(SN_FLOAT64, y->array.ndim, y->array.shape, 0, 1, sn_random(7, SN_STREAM_DATA, 9));
  return sn_sum(sn_mul(y, weights), SN_ALL_DIMS, false);
}

static double loss_at(const Case *c, SnTensor **inputs, double *number, double value) {
  SnScope *scope = sn_scope_open();
  double before = *number;
  *number = value;
  double loss = sn_item(loss_of(c, inputs));
  *number = before;
  sn_scope_close(scope);
  return loss;
}

static void check(const Case *c) {
  const double h = 1e-5;
  SnTensor *inputs[MAX_INPUTS] = {NULL};
  for (int i = 0; i < c->count; i++) {
    int ndim = 0;
    while (ndim < 4 && c->shape[i][ndim] > 0) ndim++;
    SnRandom source = sn_random(7, SN_STREAM_DATA, (uint32_t)i);
    inputs[i] = sn_require_gradient(sn_normal(SN_FLOAT64, ndim, c->shape[i], 0, 1, source));
  }
  SnTape *tape = sn_tape_begin();
  sn_backward(tape, loss_of(c, inputs));
  sn_tape_end(tape);
  for (int i = 0; i < c->count && sn_ok(); i++) {
    double *numbers = inputs[i]->array.data, largest = 0, worst = 0;
    const double *gradient = sn_gradient(inputs[i])->array.data;
    for (int64_t k = 0; k < sn_count(inputs[i]); k++) {
      double up = loss_at(c, inputs, &numbers[k], numbers[k] + h),
             down = loss_at(c, inputs, &numbers[k], numbers[k] - h);
      largest = fmax(largest, fabs(gradient[k]));
      worst = fmax(worst, fabs(gradient[k] - (up - down) / (2 * h)));
    }
    printf("%-23s %-9s %3" PRId64 " numbers   largest gradient %7.3f   %s\n", i == 0 ? c->name : "", c->inputs[i],
           sn_count(inputs[i]), largest, worst < 1e-8 ? "agrees to 1e-8" : "DIFFERS");
  }
}

int main(void) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases && sn_ok(); i++) {
    SnScope *scope = sn_scope_open();
    check(&cases[i]);
    sn_scope_close(scope);
  }
  if (sn_ok()) return EXIT_SUCCESS;
  fprintf(stderr, "gradients: %s\n", sn_error());
  return EXIT_FAILURE;
}
