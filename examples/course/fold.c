/* Two folds by hand: BatchNorm into the convolution before it, and two linear layers into one.
 *
 *     make course-programs && build/examples/course/fold
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "examples/course/small_network.h"

static const char *verdict(SnTensor *a, SnTensor *b) {
  double difference = sn_item(sn_max(sn_abs(sn_sub(a, b)), SN_ALL_DIMS, false));
  double largest = sn_item(sn_max(sn_abs(a), SN_ALL_DIMS, false));
  return difference < 1e-5 * largest ? "the same to 1e-5" : "DIFFERENT";
}

/* gamma (W u - m) r + beta = (s W) u + (beta - s m) with s = gamma r, a channel at a time. */
static void fold_batch_norm(const SmallNetwork *n, SnTensor *x) {
  SnTensor *apart = sn_batch_norm_forward(n->bn1, sn_conv2d_forward(n->conv1, x));
  SnTensor *weight = sn_copy_of(n->conv1->weight), *bias = sn_copy_of(n->bn1->bias);
  if (!apart || !weight || !bias) return;
  float *w = sn_float_data(weight), *b = sn_float_data(bias), *gamma = sn_float_data(n->bn1->weight);
  float *mean = sn_float_data(n->bn1->running_mean), *variance = sn_float_data(n->bn1->running_var);
  for (int64_t o = 0; o < FIRST; o++) {
    double s = (double)gamma[o] / sqrt((double)variance[o] + n->bn1->eps);
    for (int64_t i = 0; i < 3 * 3 * 3; i++) w[o * 27 + i] = (float)(s * (double)w[o * 27 + i]);
    b[o] = (float)((double)b[o] - s * (double)mean[o]);
  }
  SnTensor *folded = sn_conv2d(x, weight, bias, n->conv1->options);
  printf("convolution, then BatchNorm, and one convolution: %s\n", verdict(apart, folded));
}

/* V (A x) + c = (V A) x + c */
static void merge_linear(const SmallNetwork *n, SnTensor *rows) {
  SnTensor *apart = sn_linear_forward(n->hidden, sn_linear_forward(n->adaptor, rows));
  SnTensor *product = sn_matmul(n->hidden->weight, n->adaptor->weight); /* [HIDDEN,FEATURES] */
  SnTensor *merged = sn_linear(rows, product, n->hidden->bias);
  if (!sn_ok()) return;
  printf("adaptor, then hidden layer, and their product: %s\n", verdict(apart, merged));
  printf("weights to multiply a row by: %d + %d, and %d\n", FEATURES * FEATURES, HIDDEN * FEATURES, HIDDEN * FEATURES);
}

int main(void) {
  SnScope *scope = sn_scope_open();
  SmallNetwork network;
  SnTensor *x = sn_normal(SN_FLOAT32, SN_SHAPE(1, 3, 32, 32), 0, 1, sn_random(0, SN_STREAM_DATA, 0));
  SnTensor *rows = sn_normal(SN_FLOAT32, SN_SHAPE(100, FEATURES), 0, 1, sn_random(0, SN_STREAM_DATA, 1));
  if (small_network_make(&network) && x && rows) {
    fold_batch_norm(&network, x);
    merge_linear(&network, rows);
  }
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "fold: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
