/* The reference backend: every kernel, in plain C, on the host's memory and one thread. */
#include "backends/backend.h"

#include <stdlib.h>

#include "backends/reference/kernels.h"

enum { ALIGNMENT = 64 };

/* aligned_alloc wants a multiple of the alignment. */
static void *allocate(size_t bytes) {
  if (bytes > SIZE_MAX - ALIGNMENT) return NULL;
  return aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static void release(void *memory, size_t bytes) {
  (void)bytes;
  free(memory);
}

static void set_threads(int count) { (void)count; }

static int threads(void) { return 1; }

static SnConvolutionAlgorithm choose(const SnFusedConv2d *conv2d, const int64_t x[4]) {
  (void)conv2d, (void)x;
  return SN_CONVOLUTION_DIRECT;
}

static bool supports(const SnFusedConv2d *conv2d, const int64_t x[4]) {
  (void)x;
  return conv2d->algorithm == SN_CONVOLUTION_DIRECT && !conv2d->residual_interpolated && !conv2d->tail;
}

static int64_t prepared_count(const SnFusedConv2d *conv2d) {
  return conv2d->out * (conv2d->in / conv2d->conv2d.groups) * conv2d->kernel[0] * conv2d->kernel[1];
}

const SnBackend *sn_backend_reference(void) {
  static const SnBackend backend = {
      .name = "reference",
      .description = "plain C, the textbook: one thread, sums in double precision",
      .allocate = allocate,
      .release = release,
      .set_threads = set_threads,
      .threads = threads,
      .conv2d_choose = choose,
      .conv2d_supports = supports,
      .conv2d_prepared_count = prepared_count,
      .kernels =
          {
#define X(name) [SN_KERNEL_##name] = sn_reference_##name,
              SN_KERNELS(X)
#undef X
          },
  };
  return &backend;
}
