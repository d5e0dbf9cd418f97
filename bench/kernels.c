/* Times the convolutions of two networks, each shape by each algorithm that takes it:
 *
 *     build/bench/kernels [batch] [threads] [repeats]
 *
 * Prints the best of all repeats, the speed counted in the convolution's own multiplications and additions (an
 * algorithm that saves some can exceed the peak), and that as a share of the peak that a loop of multiply-adds reaches
 * here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/backend.h"

typedef struct Layer {
  int64_t in, size, out, kernel, stride;
  int count; /* of layers of this shape in the network */
} Layer;

typedef struct Network {
  const char *name;
  Layer layers[20];
} Network;

/* Through layer3 at 224, and the head's matrices. */
static const Network networks[] = {
    {"resnet18",
     {{3, 224, 64, 7, 2, 1},
      {64, 56, 64, 3, 1, 4},
      {64, 56, 128, 3, 2, 1},
      {64, 56, 128, 1, 2, 1},
      {128, 28, 128, 3, 1, 3},
      {128, 28, 256, 3, 2, 1},
      {128, 28, 256, 1, 2, 1},
      {256, 14, 256, 3, 1, 3},
      {128, 28, 1024, 1, 1, 1},
      {256, 14, 1024, 1, 1, 1},
      {1024, 28, 1, 1, 1, 1}}},
    {"wide_resnet50_2",
     {{3, 224, 64, 7, 2, 1},    {64, 56, 128, 1, 1, 1},  {128, 56, 128, 3, 1, 3},  {128, 56, 256, 1, 1, 3},
      {64, 56, 256, 1, 1, 1},   {256, 56, 128, 1, 1, 2}, {256, 56, 256, 1, 1, 1},  {256, 56, 256, 3, 2, 1},
      {256, 28, 512, 1, 1, 4},  {256, 56, 512, 1, 2, 1}, {512, 28, 256, 1, 1, 3},  {256, 28, 256, 3, 1, 3},
      {512, 28, 512, 1, 1, 1},  {512, 28, 512, 3, 2, 1}, {512, 14, 1024, 1, 1, 6}, {512, 28, 1024, 1, 2, 1},
      {1024, 14, 512, 1, 1, 5}, {512, 14, 512, 3, 1, 5}, {512, 28, 1024, 1, 1, 1}, {1024, 14, 1024, 1, 1, 1}}},
};

/* With one thread, its processor time: other programs' share does not count. */
static clockid_t clock_read = CLOCK_MONOTONIC;

static double now(void) {
  struct timespec time;
  clock_gettime(clock_read, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* FLOP/s of one core: twelve independent sums of multiply-adds, of as many lanes as the vectors have. */
enum { SUMS = 12, ROUNDS = 20000 };
#define FMA_SPEED(name, instructions, vector, lanes, set, fma)                                      \
  __attribute__((target(instructions))) static double name(void) {                                  \
    vector sum[SUMS], factor = set(0.5f);                                                           \
    for (int i = 0; i < SUMS; i++) sum[i] = factor;                                                 \
    double start = now();                                                                           \
    for (int round = 0; round < ROUNDS; round++) {                                                  \
      _Pragma("GCC unroll 12") for (int i = 0; i < SUMS; i++) sum[i] = fma(factor, sum[i], factor); \
    }                                                                                               \
    double seconds = now() - start;                                                                 \
    for (int i = 1; i < SUMS; i++) sum[0] += sum[i];                                                \
    volatile float kept = sum[0][0]; /* or the compiler would see that nobody asks */               \
    (void)kept;                                                                                     \
    return 2.0 * lanes * SUMS * ROUNDS / seconds;                                                   \
  }
FMA_SPEED(fma_speed_256, "avx2,fma", __m256, 8, _mm256_set1_ps, _mm256_fmadd_ps)
FMA_SPEED(fma_speed_512, "avx512f", __m512, 16, _mm512_set1_ps, _mm512_fmadd_ps)

static double peak(void) {
  double best = 0;
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
  bool wide = strstr(sn_backend_cpu()->description, "avx512") != NULL; /* what the kernels use */
  for (int i = 0; i < 200; i++) {
    double speed = wide ? fma_speed_512() : fma_speed_256();
    if (speed > best) best = speed;
  }
  return best;
}
#else
static double peak(void) { return 0; }
#endif

static SnArray filled(int ndim, const int64_t *shape) {
  SnArray a = {.dtype = SN_FLOAT32, .ndim = ndim};
  for (int64_t d = ndim - 1, stride = 1; d >= 0; stride *= shape[d--]) {
    a.shape[d] = shape[d];
    a.stride[d] = stride;
  }
  float *values = sn_backend_cpu()->allocate((size_t)sn_array_count(&a) * sizeof(float));
  if (!values) exit(1);
  for (int64_t i = 0; i < sn_array_count(&a); i++) values[i] = (float)(i * 7919 % 255 - 127) / 128;
  a.data = values;
  return a;
}

static void discard(SnArray *a) { sn_backend_cpu()->release(a->data, (size_t)sn_array_count(a) * sizeof(float)); }

/* Memory that no layer has just used: between the layers of a network much else passes through the cache. */
static void disturb_cache(void) {
  enum { BYTES = 48 << 20 };
  static char *other;
  if (!other) other = calloc(1, BYTES);
  for (int64_t i = 0; other && i < BYTES; i += 64) other[i]++;
}

/* The best time of a layer, in seconds. */
static double time_layer(const SnBackend *cpu, SnFusedConv2d options, const int64_t x_shape[4], int repeats) {
  int64_t size = (x_shape[2] + 2 * options.conv2d.padding[0] - options.kernel[0]) / options.conv2d.stride[0] + 1;
  int64_t n = cpu->conv2d_prepared_count(&options);
  SnArray x = filled(4, x_shape), prepared = filled(1, &n), bias = filled(1, &options.out);
  SnArray weight = filled(4, (int64_t[]){options.out, options.in, options.kernel[0], options.kernel[1]});
  SnArray y = filled(4, (int64_t[]){x_shape[0], options.out, size, size});
  SnCall prepare = {.in = {&weight}, .out = {&prepared}, .attributes.fused_conv2d = options};
  SnCall call = {.in = {&x, &prepared, &bias}, .out = {&y}, .attributes.fused_conv2d = options};
  cpu->kernels[SN_KERNEL_conv2d_prepare](&prepare);
  double best = 1e9;
  for (int i = 0; i < repeats; i++) {
    disturb_cache();
    for (int64_t j = 0; j < sn_array_count(&x); j += 16) ((volatile float *)x.data)[j]; /* the layer before made it */
    double start = now();
    cpu->kernels[SN_KERNEL_conv2d_fused](&call);
    double seconds = now() - start;
    if (seconds < best) best = seconds;
  }
  SnArray *arrays[] = {&x, &prepared, &bias, &weight, &y};
  for (int i = 0; i < 5; i++) discard(arrays[i]);
  return best;
}

int main(int argc, char **argv) {
  int64_t batch = argc > 1 ? atoi(argv[1]) : 1;
  int threads = argc > 2 ? atoi(argv[2]) : 1, repeats = argc > 3 ? atoi(argv[3]) : 20;
  const SnBackend *cpu = sn_backend_cpu();
  cpu->set_threads(threads);
  if (threads == 1) clock_read = CLOCK_THREAD_CPUTIME_ID;
  double limit = peak() * threads;
  printf("%s\nbatch %d, %d threads; multiply-adds reach %.1f GFLOP/s\n", cpu->description, (int)batch, threads,
         limit / 1e9);
  for (size_t n = 0; n < sizeof networks / sizeof *networks; n++) {
    double total = 0, flops_of_all = 0;
    printf("\n%s\n%5s %5s %5s %6s %6s %5s  %-11s %8s %9s %6s\n", networks[n].name, "in", "size", "out", "kernel",
           "stride", "count", "algorithm", "ms", "GFLOP/s", "peak");
    for (const Layer *l = networks[n].layers; l < networks[n].layers + 20 && l->in; l++) {
      int64_t padding = l->kernel / 2, x[] = {batch, l->in, l->size, l->size}, size = l->size / l->stride;
      SnFusedConv2d options = {.conv2d = {{l->stride, l->stride}, {padding, padding}, {1, 1}, 1, {0, 0}},
                               .in = l->in,
                               .out = l->out,
                               .kernel = {l->kernel, l->kernel},
                               .activation = SN_ACTIVATION_RELU};
      SnConvolutionAlgorithm choice = cpu->conv2d_choose(&options, x);
      double flops = 2.0 * (double)(batch * size * size * l->in * l->out * l->kernel * l->kernel);
      for (int a = 1; a < SN_CONVOLUTION_ALGORITHM_COUNT; a++) {
        options.algorithm = (SnConvolutionAlgorithm)a;
        if (!cpu->conv2d_supports(&options, x)) continue;
        if (l->kernel == 1 && options.algorithm == SN_CONVOLUTION_IM2COL) continue;
        double seconds = time_layer(cpu, options, x, repeats);
        printf("%5d %5d %5d %6d %6d %5d  %-11s %8.3f %9.1f %5.0f%%%s\n", (int)l->in, (int)l->size, (int)l->out,
               (int)l->kernel, (int)l->stride, l->count, sn_convolution_algorithm_name(options.algorithm),
               seconds * 1e3, flops / seconds / 1e9, limit > 0 ? 100 * flops / seconds / limit : 0,
               options.algorithm == choice ? " *" : "");
        if (options.algorithm != choice) continue;
        total += l->count * seconds;
        flops_of_all += l->count * flops;
      }
    }
    printf("all layers, chosen algorithms (*): %.2f ms, %.1f GFLOP/s, %.0f%% of the peak\n", total * 1e3,
           flops_of_all / total / 1e9, limit > 0 ? 100 * flops_of_all / total / limit : 0);
  }
  return 0;
}
