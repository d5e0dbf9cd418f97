#include "backends/backend.h"

#include <stdlib.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

static void *allocate(size_t bytes) {
  enum { ALIGNMENT = 64 };
  return bytes > SIZE_MAX - ALIGNMENT ? NULL
                                      : aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static void release(void *memory, size_t bytes) {
  (void)bytes;
  free(memory);
}

static SnConvolutionAlgorithm choose(const SnFusedConv2d *conv2d, const int64_t x[4]) {
  (void)conv2d, (void)x;
  return SN_CONVOLUTION_DIRECT;
}

static bool supports(const SnFusedConv2d *conv2d, const int64_t x[4]) {
  (void)x;
  return conv2d->algorithm == SN_CONVOLUTION_DIRECT;
}

static int64_t prepared_count(const SnFusedConv2d *conv2d) {
  return conv2d->out * (conv2d->in / conv2d->conv2d.groups) * conv2d->kernel[0] * conv2d->kernel[1];
}

static const SnBackend cpu = {
    .name = "cpu",
    .description = "float32 on all cores: OpenBLAS for matrix products, own kernels for the rest",
    .allocate = allocate,
    .release = release,
    .set_threads = sn_pool_set_threads,
    .threads = sn_pool_threads,
    .conv2d_choose = choose,
    .conv2d_supports = supports,
    .conv2d_prepared_count = prepared_count,
    .kernels =
        {
#define X(name) [SN_KERNEL_##name] = sn_cpu_##name,
            SN_KERNELS(X)
#undef X
        },
};

const SnBackend *sn_backend_cpu(void) { return &cpu; }
