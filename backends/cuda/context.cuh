/* What every file of the CUDA backend shares: errors, the stream, scratch memory, the precision and the clock of
 * recorded work. Everything runs in one stream, in the order in which it was called. */
#ifndef SN_BACKENDS_CUDA_CONTEXT_CUH
#define SN_BACKENDS_CUDA_CONTEXT_CUH

#include <cuda_runtime.h>

#include "backends/backend.h"
#include "backends/cuda_library.h"

/* Record an error and are false; sn_cuda_check: unless CUDA call `status` went well, while `what` was being done. */
#define sn_cuda_fail(...) sn_cuda_host->fail(__FILE__, __LINE__, __VA_ARGS__)
#define sn_cuda_check(status, what) sn_cuda_check_at((status), (what), __FILE__, __LINE__)

extern const SnCudaHost *sn_cuda_host;

bool sn_cuda_check_at(cudaError_t status, const char *what, const char *file, int line);

/* The backend's `start` and `description`. */
bool sn_cuda_start(void);
extern char sn_cuda_description[256];

cudaStream_t sn_cuda_stream(void);

/* At least `bytes` of device memory, 256-byte aligned, whose contents last until the next call of this function: one
 * block for all, safe since kernels run one after the other. While work is recorded it must not grow; a run before the
 * recording sees to that. NULL and an error when there is none. */
void *sn_cuda_scratch(size_t bytes);

/* How products are computed; sums are float32 always. */
SnPrecision sn_cuda_precision(void);
bool sn_cuda_set_precision(SnPrecision precision);

/* What recorded kernels count by, in device memory. A kernel called while work is recorded adds `step` to the step in
 * its attributes (normal, uniform, adam), so that replays are the steps that follow. */
typedef struct SnCudaClock {
  unsigned long long step; /* replays so far */
} SnCudaClock;

/* The clock while this thread records, else NULL. */
const SnCudaClock *sn_cuda_clock(void);

/* ---- memory.cu ---- */

void *sn_cuda_allocate(size_t bytes);
void sn_cuda_release(void *memory, size_t bytes);
bool sn_cuda_copy_to_host(void *host, const void *memory, size_t bytes);
bool sn_cuda_copy_from_host(void *memory, const void *host, size_t bytes);
bool sn_cuda_synchronize(void);

#endif
