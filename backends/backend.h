/* What a backend provides: memory, and kernels for as much of the list in kernels.h as it has. */
#ifndef SN_BACKENDS_BACKEND_H
#define SN_BACKENDS_BACKEND_H

#include "backends/kernels.h"

typedef struct SnBackend {
  const char *name;        /* as `--device` takes it */
  const char *description; /* one line for people: libraries, instruction set, device */

  /* Memory aligned to 64 bytes, uninitialised; NULL when there is none. bytes > 0. */
  void *(*allocate)(size_t bytes);
  void (*release)(void *memory, size_t bytes);
  /* Between this backend's memory and the host's; both NULL when the host reads and writes the memory itself. */
  bool (*copy_to_host)(void *host, const void *memory, size_t bytes);
  bool (*copy_from_host)(void *memory, const void *host, size_t bytes);

  /* How many threads kernels use, from 1. Results do not depend on it. */
  void (*set_threads)(int count);
  int (*threads)(void);

  /* One function a kernel; NULL where the backend has none and the reference backend's is used. */
  SnKernelFunction kernels[SN_KERNEL_COUNT];
} SnBackend;

/* Each backend, in backends/<name>/backend.c. */
const SnBackend *sn_backend_reference(void);
const SnBackend *sn_backend_cpu(void);

/* ---- registry.c ---- */

int sn_backend_count(void);
const SnBackend *sn_backend_at(int index);

/* By name; NULL when there is none of that name. */
const SnBackend *sn_backend_find(const char *name);

const char *sn_kernel_name(SnKernel kernel);

/* Runs a kernel on a backend: its own, else the reference one. Returns false when neither can (the backend's memory is
 * not the host's and it has no such kernel). */
bool sn_kernel_run(const SnBackend *backend, SnKernel kernel, const SnCall *call);

/* Calls in this process that a backend other than the reference declined or lacked. For tests and `info --kernels`. */
int64_t sn_fallback_count(void);

#endif
