/* The network that chapter 9 plans: a detector in small. Two levels of features, brought to one grid and put side by
 * side; adaptor, hidden layer with BatchNorm, and one score for each position. */
#ifndef EXAMPLES_COURSE_SMALL_NETWORK_H
#define EXAMPLES_COURSE_SMALL_NETWORK_H

#include "autograd/ops.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/init.h"
#include "nn/linear.h"

enum { FIRST = 16, SECOND = 32, FEATURES = FIRST + SECOND, HIDDEN = 64 };

typedef struct SmallNetwork {
  SnConvolution *conv1, *conv2, *conv3;
  SnBatchNorm *bn1, *bn2, *bn3, *bn4;
  SnLinear *adaptor, *hidden, *tail;
} SmallNetwork;

/* Statistics as a training might have left them; of a new layer they would be 0 and 1, and hide mistakes. */
static inline SnBatchNorm *used_batch_norm(int64_t channels, SnGenerator *generator) {
  SnBatchNorm *norm = sn_batch_norm_new(channels, generator);
  bool filled = norm && sn_init_uniform(norm->running_mean, -1, 1, generator) &&
                sn_init_uniform(norm->running_var, 0.5, 2, generator) &&
                sn_init_uniform(norm->weight, 0.5, 2, generator) && sn_init_uniform(norm->bias, -1, 1, generator);
  return filled ? norm : NULL;
}

static inline bool small_network_make(SmallNetwork *n) {
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 0};
  SnConv2d same = {.padding = {1, 1}}, half = {.padding = {1, 1}, .stride = {2, 2}};
  *n = (SmallNetwork){.conv1 = sn_conv2d_new(3, FIRST, 3, half, false, &generator),
                      .conv2 = sn_conv2d_new(FIRST, FIRST, 3, same, false, &generator),
                      .conv3 = sn_conv2d_new(FIRST, SECOND, 3, half, false, &generator),
                      .bn1 = used_batch_norm(FIRST, &generator),
                      .bn2 = used_batch_norm(FIRST, &generator),
                      .bn3 = used_batch_norm(SECOND, &generator),
                      .bn4 = used_batch_norm(HIDDEN, &generator),
                      .adaptor = sn_linear_new(FEATURES, FEATURES, false, &generator),
                      .hidden = sn_linear_new(FEATURES, HIDDEN, true, &generator),
                      .tail = sn_linear_new(HIDDEN, 1, false, &generator)};
  return sn_ok();
}

/* An SnForward (plan/build.h): images [N,3,H,W] -> anomaly scores [N,1,H/2,W/2]. */
static inline int small_network_forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  const SmallNetwork *n = context;
  SnTensor *a = sn_relu(sn_batch_norm_forward(n->bn1, sn_conv2d_forward(n->conv1, inputs[0])));
  a = sn_relu(sn_add(a, sn_batch_norm_forward(n->bn2, sn_conv2d_forward(n->conv2, a))));
  SnTensor *b = sn_relu(sn_batch_norm_forward(n->bn3, sn_conv2d_forward(n->conv3, a)));
  if (!b) return 0;
  int64_t images = a->array.shape[0], height = a->array.shape[2], width = a->array.shape[3];
  SnTensor *features = sn_cat(2, (SnTensor *[]){a, sn_interpolate_bilinear(b, height, width)}, 1);
  SnTensor *rows = sn_permute(sn_reshape(features, SN_SHAPE(images, FEATURES, -1)), SN_DIMS(0, 2, 1));
  rows = sn_linear_forward(n->adaptor, sn_reshape(rows, SN_SHAPE(-1, FEATURES)));
  rows = sn_leaky_relu(sn_batch_norm_forward(n->bn4, sn_linear_forward(n->hidden, rows)), 0.2);
  outputs[0] = sn_reshape(sn_neg(sn_linear_forward(n->tail, rows)), SN_SHAPE(images, 1, height, width));
  return sn_ok() ? 1 : 0;
}

#endif
