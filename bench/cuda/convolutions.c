/* The 3x3 convolutions of stride 1 in two backbones through layer3 at 224, each by every algorithm that the card takes
 * but plain loops, so that it can be seen where the backend's choice is wrong:
 *
 *     convolutions PRECISION BATCH [RUNS]
 *
 * One line of JSON a shape: milliseconds of a convolution with bias and ReLU, the median of RUNS (30) recordings of a
 * hundred by the card's own clock, algorithm by algorithm in turns. Recorded as plans are, so the host's launches
 * hardly count. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "base/error.h"
#include "base/number.h"

enum { RECORDED = 100, MAX_RUNS = 1000 };

typedef struct Layer {
  const char *network;
  int64_t channels, size;
  int count; /* of layers of this shape in the network */
} Layer;

static const Layer layers[] = {{"resnet18", 64, 56, 4},         {"resnet18", 128, 28, 3},
                               {"resnet18", 256, 14, 3},        {"wide_resnet50_2", 128, 56, 3},
                               {"wide_resnet50_2", 256, 28, 3}, {"wide_resnet50_2", 512, 14, 5}};

static const SnBackend *cuda;

static void end(const char *what) {
  fprintf(stderr, "convolutions: %s%s%s\n", what, sn_error() ? ": " : "", sn_error() ? sn_error() : "");
  exit(1);
}

static void must(bool good, const char *what) {
  if (!good) end(what);
}

/* On the card; numbers between -scale and scale. */
static SnArray filled(int ndim, const int64_t *shape, float scale) {
  SnArray a = {.dtype = SN_FLOAT32, .ndim = ndim};
  for (int64_t d = ndim - 1, stride = 1; d >= 0; stride *= shape[d--]) {
    a.shape[d] = shape[d];
    a.stride[d] = stride;
  }
  size_t count = (size_t)sn_array_count(&a);
  float *values = malloc(count * sizeof *values);
  a.data = cuda->allocate(count * sizeof *values);
  must(values && a.data, "out of memory");
  uint32_t bits = 1;
  for (size_t i = 0; i < count; i++) {
    bits = bits * 1664525u + 1013904223u;
    values[i] = scale * ((float)(bits >> 8) * 0x1p-23f - 1);
  }
  must(cuda->copy_from_host(a.data, values, count * sizeof *values), "copying");
  free(values);
  return a;
}

static void discard(SnArray *a) { cuda->release(a->data, (size_t)sn_array_count(a) * sizeof(float)); }

/* ---- one algorithm ---- */

typedef struct Contender {
  SnFusedConv2d options;
  SnArray prepared;
  SnRecording *recording;
  double seconds[MAX_RUNS];
} Contender;

static void prepare(Contender *contender, const SnArray *weight, SnCall call) {
  int64_t n = cuda->conv2d_prepared_count(&contender->options);
  contender->prepared = filled(1, &n, 0);
  SnCall preparation = {.in = {weight}, .out = {&contender->prepared}, .attributes.fused_conv2d = contender->options};
  call.in[1] = &contender->prepared;
  call.attributes.fused_conv2d = contender->options;
  SnKernelFunction convolve = cuda->kernels[SN_KERNEL_conv2d_fused];
  must(cuda->kernels[SN_KERNEL_conv2d_prepare](&preparation) && convolve(&call), "a convolution");
  must(cuda->record_begin(), "recording");
  for (int i = 0; i < RECORDED; i++) must(convolve(&call), "recording");
  contender->recording = cuda->record_end();
  must(contender->recording && cuda->record_run(contender->recording, (SnClock){0, 0}), "recording");
}

static double clocked(const Contender *contender) {
  double seconds;
  must(
      cuda->stopwatch(&seconds) && cuda->record_run(contender->recording, (SnClock){0, 0}) && cuda->stopwatch(&seconds),
      "a convolution");
  return seconds / RECORDED;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare);
  return values[count / 2];
}

/* ---- one shape ---- */

static void measure(const Layer *layer, int64_t batch, int runs) {
  static Contender contenders[SN_CONVOLUTION_ALGORITHM_COUNT];
  int64_t c = layer->channels, x_shape[] = {batch, c, layer->size, layer->size};
  SnFusedConv2d options = {.conv2d = {{1, 1}, {1, 1}, {1, 1}, 1, {0, 0}},
                           .in = c,
                           .out = c,
                           .kernel = {3, 3},
                           .activation = SN_ACTIVATION_RELU};
  SnArray x = filled(4, x_shape, 1), y = filled(4, x_shape, 0), bias = filled(1, &c, 1);
  SnArray weight = filled(4, (int64_t[]){c, c, 3, 3}, 0.1f);
  SnCall call = {.in = {&x, NULL, &bias}, .out = {&y}};
  SnConvolutionAlgorithm choice = cuda->conv2d_choose(&options, x_shape);
  int count = 0;
  for (int a = SN_CONVOLUTION_IM2COL; a < SN_CONVOLUTION_ALGORITHM_COUNT; a++) {
    Contender *contender = &contenders[count];
    contender->options = options;
    contender->options.algorithm = (SnConvolutionAlgorithm)a;
    if (!cuda->conv2d_supports(&contender->options, x_shape)) continue;
    prepare(contender, &weight, call);
    count++;
  }
  for (int run = 0; run < runs; run++)
    for (int i = 0; i < count; i++) {
      Contender *contender = &contenders[(i + run) % count];
      contender->seconds[run] = clocked(contender);
    }
  printf("{\"network\": \"%s\", \"channels\": %d, \"size\": %d, \"layers\": %d, \"chosen\": \"%s\", \"ms\": {",
         layer->network, (int)c, (int)layer->size, layer->count, sn_convolution_algorithm_name(choice));
  for (int i = 0; i < count; i++) {
    Contender *contender = &contenders[i];
    printf("%s\"%s\": %.6f", i > 0 ? ", " : "", sn_convolution_algorithm_name(contender->options.algorithm),
           median(contender->seconds, runs) * 1e3);
    cuda->record_free(contender->recording);
    discard(&contender->prepared);
  }
  printf("}}\n");
  fflush(stdout);
  SnArray *arrays[] = {&x, &y, &bias, &weight};
  for (int i = 0; i < 4; i++) discard(arrays[i]);
}

int main(int argc, char **argv) {
  static const char *const precisions[] = {"fp32", "tf32", "bf16"};
  int precision = 0;
  int64_t batch, runs = 30;
  if (argc < 3 || argc > 4) end("usage: convolutions PRECISION BATCH [RUNS]");
  while (precision < 3 && strcmp(argv[1], precisions[precision]) != 0) precision++;
  must(precision < 3, "the precision is fp32, tf32 or bf16");
  must(sn_parse_integer("batch", argv[2], 1, 1024, &batch), "arguments");
  must(argc < 4 || sn_parse_integer("runs", argv[3], 1, MAX_RUNS, &runs), "arguments");
  must((cuda = sn_backend_find("cuda")) && cuda->start(), "the device cuda");
  must(cuda->set_precision((SnPrecision)precision), "the precision");
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) measure(&layers[i], batch, (int)runs);
  return 0;
}
