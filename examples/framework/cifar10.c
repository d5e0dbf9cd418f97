/* A small convolutional network for CIFAR-10: ten kinds of pictures of 32 x 32 pixels.
 *
 *     make framework-examples && build/examples/framework/cifar10 cifar-10-batches-bin
 *
 * cifar10 FOLDER [EPOCHS [WEIGHTS]]: FOLDER has data_batch_1.bin to data_batch_5.bin and test_batch.bin, of which those
 * of training may be fewer. WEIGHTS: a file for the weights before the first step, so that another program can begin
 * with the same (tests/oracle/cifar10.py does, in PyTorch).
 */
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "base/file.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/linear.h"
#include "nn/optimizer.h"
#include "tensor/safetensors.h"

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE, RECORD = 1 + PIXELS, CLASSES = 10, BATCH = 100, LAYERS = 3, SHOWN = 5 };

static const int64_t channels[LAYERS + 1] = {3, 32, 64, 128};

/* ---- data ---- */

/* Records from `first` on: images [BATCH,3,32,32], from -2 to 2, and labels [BATCH]. */
static SnTensor *images(const SnBytes *file, int64_t first, SnTensor **labels) {
  float *pixels = sn_scope_allocate(BATCH * PIXELS, sizeof *pixels, NULL);
  int64_t numbers[BATCH];
  for (int64_t n = 0; n < BATCH && sn_ok(); n++) {
    const uint8_t *record = file->data + (first + n) * RECORD;
    numbers[n] = record[0];
    if (numbers[n] >= CLASSES) sn_fail("record %lld has the label %d", (long long)(first + n), record[0]);
    for (int i = 0; i < PIXELS; i++) pixels[n * PIXELS + i] = ((float)record[1 + i] / 255 - 0.5f) / 0.25f;
  }
  if (!sn_ok()) return NULL;
  *labels = sn_from_host(SN_INT64, SN_SHAPE(BATCH), numbers);
  return sn_from_host(SN_FLOAT32, SN_SHAPE(BATCH, 3, SIDE, SIDE), pixels);
}

/* ---- the network ---- */

typedef struct Network {
  SnModule module;
  SnConvolution *conv[LAYERS];
  SnBatchNorm *bn[LAYERS];
  SnLinear *fc;
} Network;

static Network *network_new(void) {
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 0};
  SnConv2d same = {.padding = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 1};
  Network *network = sn_scope_allocate(1, sizeof *network, NULL);
  for (int i = 0; network && i < LAYERS; i++) {
    char conv[8], bn[8];
    snprintf(conv, sizeof conv, "conv%d", i + 1);
    snprintf(bn, sizeof bn, "bn%d", i + 1);
    network->conv[i] = sn_conv2d_new(channels[i], channels[i + 1], 3, same, false, &generator);
    network->bn[i] = sn_batch_norm_new(channels[i + 1], &generator);
    if (!sn_ok()) return NULL;
    sn_module_add(&network->module, conv, &network->conv[i]->module);
    sn_module_add(&network->module, bn, &network->bn[i]->module);
  }
  if (network) network->fc = sn_linear_new(channels[LAYERS], CLASSES, true, &generator);
  if (!sn_ok()) return NULL;
  sn_module_add(&network->module, "fc", &network->fc->module);
  return network;
}

/* x [N,3,32,32] -> logits [N,10] */
static SnTensor *forward(const Network *network, SnTensor *x) {
  for (int i = 0; i < LAYERS; i++) {
    x = sn_relu(sn_batch_norm_forward(network->bn[i], sn_conv2d_forward(network->conv[i], x)));
    if (i + 1 < LAYERS) x = sn_max_pool2d(x, (SnPool2d){.kernel = {2, 2}, .stride = {2, 2}});
  }
  x = sn_reshape(sn_adaptive_avg_pool2d(x, 1, 1), SN_SHAPE(-1, channels[LAYERS]));
  return sn_linear_forward(network->fc, x);
}

static bool write_weights(const Network *network, const char *path) {
  SnStateDict *state = sn_state_dict_new();
  return state && sn_module_state(&network->module, "", state) && sn_safetensors_write(path, state);
}

/* ---- training and test ---- */

static double train_step(Network *network, SnOptimizer *optimizer, SnTensor *x, SnTensor *labels) {
  SnTape *tape = sn_tape_begin();
  SnTensor *loss = sn_cross_entropy(forward(network, x), labels);
  sn_optimizer_zero_gradients(optimizer);
  sn_backward(tape, loss);
  sn_optimizer_step(optimizer);
  double value = sn_item(loss);
  sn_tape_end(tape);
  return value;
}

/* How many have their largest logit at their label. */
static double count_right(const Network *network, SnTensor *x, SnTensor *labels) {
  static float values[BATCH][CLASSES];
  int64_t truth[BATCH];
  int right = 0;
  if (!sn_to_host(forward(network, x), SN_FLOAT32, values) || !sn_to_host(labels, SN_INT64, truth)) return 0;
  for (int n = 0; n < BATCH; n++) {
    int largest = 0;
    for (int c = 1; c < CLASSES; c++) largest = values[n][c] > values[n][largest] ? c : largest;
    right += largest == truth[n];
  }
  return right;
}

/* All of a file: adds the loss of each step, or without an optimizer what is right, to *sum, and returns the steps. The
 * first `shown` losses are printed, which another program can be compared by. */
static int64_t pass(Network *network, SnOptimizer *optimizer, const char *path, int shown, double *sum) {
  enum { LARGEST = 100000 * RECORD };
  SnBytes file = {0};
  int64_t steps = 0;
  if (sn_file_read(path, LARGEST, &file) && (file.size < BATCH * RECORD || file.size % RECORD != 0))
    sn_fail("%s: expected records of %d bytes, %d at least, found %zu bytes", path, RECORD, BATCH, file.size);
  for (; (steps + 1) * BATCH <= (int64_t)(file.size / RECORD) && sn_ok(); steps++) {
    SnScope *scope = sn_scope_open();
    SnTensor *labels, *x = images(&file, steps * BATCH, &labels);
    double value = !x ? 0 : optimizer ? train_step(network, optimizer, x, labels) : count_right(network, x, labels);
    if (steps < shown && sn_ok()) printf("step %lld  loss %.6f\n", (long long)steps + 1, value);
    *sum += value;
    sn_scope_close(scope);
  }
  sn_bytes_free(&file);
  return steps;
}

static void run_epoch(Network *network, SnOptimizer *optimizer, const char *folder, int epoch) {
  char path[4096];
  int64_t steps = 0, tests = 0;
  double loss = 0, right = 0;
  sn_module_train(&network->module, true);
  for (int number = 1; number <= 5 && sn_ok(); number++) {
    snprintf(path, sizeof path, "%s/data_batch_%d.bin", folder, number);
    if (number == 1 || sn_is_file(path))
      steps += pass(network, optimizer, path, epoch == 1 && number == 1 ? SHOWN : 0, &loss);
  }
  snprintf(path, sizeof path, "%s/test_batch.bin", folder);
  sn_module_train(&network->module, false);
  if (sn_ok()) tests = pass(network, NULL, path, 0, &right);
  if (sn_ok())
    printf("epoch %d  %lld images  loss %.3f  right %.1f %% of %lld\n", epoch, (long long)steps * BATCH,
           loss / (double)steps, 100 * right / (double)(tests * BATCH), (long long)tests * BATCH);
}

int main(int argc, char **argv) {
  int epochs = argc > 2 ? atoi(argv[2]) : 5;
  if (argc < 2 || argc > 4 || epochs < 1) {
    fprintf(stderr, "usage: cifar10 FOLDER [EPOCHS [WEIGHTS]]\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  Network *network = network_new();
  SnOptimizer *optimizer = network ? sn_optimizer_new(&network->module, sn_optimizer_defaults(SN_ADAM, 0.001)) : NULL;
  if (argc > 3 && optimizer) write_weights(network, argv[3]);
  for (int epoch = 1; epoch <= epochs && sn_ok(); epoch++) run_epoch(network, optimizer, argv[1], epoch);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "cifar10: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
