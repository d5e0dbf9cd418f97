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

const SnBackend *sn_backend_reference(void) {
  static const SnBackend backend = {
      .name = "reference",
      .description = "plain C, the textbook: one thread, sums in double precision",
      .allocate = allocate,
      .release = release,
      .set_threads = set_threads,
      .threads = threads,
      .kernels =
          {
#define X(name) [SN_KERNEL_##name] = sn_reference_##name,
              SN_KERNELS(X)
#undef X
          },
  };
  return &backend;
}
