/* A small convolutional network that tells three patterns apart: convolution, BatchNorm's two modes, pooling,
 * cross-entropy.
 *
 *     make framework-examples && build/examples/framework/patterns
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "backends/philox.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/linear.h"
#include "nn/optimizer.h"

enum { SIDE = 16, CLASSES = 3, TRAIN = 300, TEST = 300, BATCH = 30, EPOCHS = 3 };

static const double noise = 0.5;

/* ---- images ---- */

/* Horizontal stripes, vertical stripes, or both added up, of some width and phase. */
static double pattern(int label, int i, int j, double frequency, double phase) {
  double down = sin(frequency * i + phase), along = sin(frequency * j + phase);
  return label == 0 ? down : label == 1 ? along : (down + along) / 2;
}

/* Images first to first + count - 1 of an endless list: [count,1,SIDE,SIDE] and their labels. */
static SnTensor *images(uint32_t first, int count, SnTensor **labels) {
  float *pixels = sn_scope_allocate(count * SIDE * SIDE, sizeof *pixels, NULL);
  int64_t *numbers = sn_scope_allocate(count, sizeof *numbers, NULL);
  for (int n = 0; n < count && sn_ok(); n++) {
    SnPhilox chance = sn_philox(0, SN_STREAM_DATA, first + (uint32_t)n, 0);
    double frequency = 0.8 + 0.8 * sn_uniform_from_bits(chance.word[0]),
           phase = 7 * sn_uniform_from_bits(chance.word[1]);
    numbers[n] = chance.word[2] % CLASSES;
    for (int i = 0; i < SIDE * SIDE; i++)
      pixels[n * SIDE * SIDE + i] = (float)pattern((int)numbers[n], i / SIDE, i % SIDE, frequency, phase);
  }
  if (!sn_ok()) return NULL;
  SnTensor *clean = sn_from_host(SN_FLOAT32, SN_SHAPE(count, 1, SIDE, SIDE), pixels);
  *labels = sn_from_host(SN_INT64, SN_SHAPE(count), numbers);
  SnRandom source = sn_random(1, SN_STREAM_DATA, first);
  return sn_add(clean, sn_normal(SN_FLOAT32, SN_SHAPE(count, 1, SIDE, SIDE), 0, noise, source));
}

/* ---- the network ---- */

typedef struct Network {
  SnModule module;
  SnConvolution *conv1, *conv2;
  SnBatchNorm *bn1, *bn2;
  SnLinear *fc;
} Network;

static Network *network_new(void) {
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 0};
  SnConv2d same = {.padding = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 1};
  Network *network = sn_scope_allocate(1, sizeof *network, NULL);
  if (!network) return NULL;
  network->conv1 = sn_conv2d_new(1, 8, 3, same, false, &generator);
  network->bn1 = sn_batch_norm_new(8, &generator);
  network->conv2 = sn_conv2d_new(8, 16, 3, same, false, &generator);
  network->bn2 = sn_batch_norm_new(16, &generator);
  network->fc = sn_linear_new(16, CLASSES, true, &generator);
  if (!sn_ok()) return NULL;
  sn_module_add(&network->module, "conv1", &network->conv1->module);
  sn_module_add(&network->module, "bn1", &network->bn1->module);
  sn_module_add(&network->module, "conv2", &network->conv2->module);
  sn_module_add(&network->module, "bn2", &network->bn2->module);
  sn_module_add(&network->module, "fc", &network->fc->module);
  return network;
}

/* x [N,1,SIDE,SIDE] -> logits [N,CLASSES] */
static SnTensor *forward(const Network *network, SnTensor *x) {
  SnTensor *y = sn_relu(sn_batch_norm_forward(network->bn1, sn_conv2d_forward(network->conv1, x)));
  y = sn_max_pool2d(y, (SnPool2d){.kernel = {2, 2}, .stride = {2, 2}});
  y = sn_relu(sn_batch_norm_forward(network->bn2, sn_conv2d_forward(network->conv2, y)));
  y = sn_reshape(sn_adaptive_avg_pool2d(y, 1, 1), SN_SHAPE(-1, 16));
  return sn_linear_forward(network->fc, y);
}

/* ---- training and test ---- */

static double train_step(Network *network, SnOptimizer *optimizer, uint32_t first) {
  SnScope *scope = sn_scope_open();
  SnTensor *labels, *x = images(first, BATCH, &labels);
  SnTape *tape = sn_tape_begin();
  SnTensor *loss = x ? sn_cross_entropy(forward(network, x), labels) : NULL;
  sn_optimizer_zero_gradients(optimizer);
  sn_backward(tape, loss);
  sn_optimizer_step(optimizer);
  double value = sn_item(loss);
  sn_tape_end(tape);
  sn_scope_close(scope);
  return value;
}

/* The share of images, none of which was trained on, whose largest logit is their label's. */
static double accuracy(const Network *network) {
  SnScope *scope = sn_scope_open();
  SnTensor *labels, *x = images(TRAIN, TEST, &labels), *logits = x ? forward(network, x) : NULL;
  static float values[TEST][CLASSES];
  static int64_t truth[TEST];
  int right = 0;
  if (logits && sn_to_host(logits, SN_FLOAT32, values) && sn_to_host(labels, SN_INT64, truth))
    for (int n = 0; n < TEST; n++) {
      int largest = 0;
      for (int c = 1; c < CLASSES; c++) largest = values[n][c] > values[n][largest] ? c : largest;
      right += largest == truth[n];
    }
  sn_scope_close(scope);
  return (double)right / TEST;
}

int main(void) {
  SnScope *scope = sn_scope_open();
  Network *network = network_new();
  SnOptimizer *optimizer = network ? sn_optimizer_new(&network->module, sn_optimizer_defaults(SN_ADAM, 0.01)) : NULL;
  for (int epoch = 1; epoch <= EPOCHS && sn_ok(); epoch++) {
    double loss = 0;
    sn_module_train(&network->module, true); /* BatchNorm by the batch's mean and variance */
    for (uint32_t first = 0; first < TRAIN; first += BATCH)
      loss += train_step(network, optimizer, first) * BATCH / TRAIN;
    sn_module_train(&network->module, false); /* and by the running ones */
    double share = accuracy(network);
    if (sn_ok()) printf("epoch %d  loss %.3f  right %.1f %%\n", epoch, loss, 100 * share);
  }
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "patterns: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
