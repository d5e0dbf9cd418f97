/* The backend as one instruction set has it. */
#include <stdlib.h>

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/precision.h"
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

#define TEXT(path) TEXT_OF(path)
#define TEXT_OF(path) #path

const SnBackend SN_CPU(backend) = {
    .name = "cpu",
    .description =
        "float32 on all cores: OpenBLAS for most matrix products, own kernels for the rest (" TEXT(SN_CPU_PATH) ")",
    .allocate = allocate,
    .release = release,
    .set_precision = sn_cpu_set_precision,
    .precision = sn_cpu_precision,
    .set_threads = sn_pool_set_threads,
    .threads = sn_pool_threads,
    .pool_new = sn_pool_new,
    .pool_free = sn_pool_free,
    .pool_enter = sn_pool_enter,
    .conv2d_choose = SN_CPU(conv2d_choose),
    .conv2d_supports = SN_CPU(conv2d_supports),
    .conv2d_prepared_count = SN_CPU(conv2d_prepared_count),
    .kernels =
        {
#define X(name) [SN_KERNEL_##name] = SN_CPU(name),
            SN_CPU_KERNELS(X)
#undef X
        },
};
