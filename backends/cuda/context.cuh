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
 * block for all, safe since kernels run one after the other. NULL and an error when there is none. */
void *sn_cuda_scratch(size_t bytes);

bool sn_cuda_stopwatch(double *seconds);

/* How products are computed; sums are float32 always. */
SnPrecision sn_cuda_precision(void);
bool sn_cuda_set_precision(SnPrecision precision);

/* ---- recording.cu ---- */

/* In device memory while kernels are noted for a recording, else NULL. A kernel that is given it adds its `step` to the
 * step in its attributes (normal, uniform, adam), or its `batch` (index_select); the recording moves it on by itself. */
const SnClock *sn_cuda_clock(void);

bool sn_cuda_is_recording(void);
bool sn_cuda_record_begin(void);
SnRecording *sn_cuda_record_end(void);
bool sn_cuda_record_run(SnRecording *recording, SnClock clock);
void sn_cuda_record_free(SnRecording *recording);

/* ---- memory.cu ---- */

void *sn_cuda_allocate(size_t bytes);
void sn_cuda_release(void *memory, size_t bytes);
bool sn_cuda_copy_to_host(void *host, const void *memory, size_t bytes);
bool sn_cuda_copy_from_host(void *memory, const void *host, size_t bytes);
bool sn_cuda_synchronize(void);

#endif
