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

static const SnBackend cpu = {
    .name = "cpu",
    .description = "float32 on all cores: OpenBLAS for matrix products, own kernels for the rest",
    .allocate = allocate,
    .release = release,
    .set_threads = sn_pool_set_threads,
    .threads = sn_pool_threads,
    .kernels =
        {
#define X(name) [SN_KERNEL_##name] = sn_cpu_##name,
            SN_KERNELS(X)
#undef X
        },
};

const SnBackend *sn_backend_cpu(void) { return &cpu; }
