/* Between the parts of the device on the processor. */
#ifndef SN_TESTS_CUDA_HOST_SIMULATOR_H
#define SN_TESTS_CUDA_HOST_SIMULATOR_H

#include <mutex>

#include "cuda_runtime.h"

/* Held by every call of the runtime. */
extern std::recursive_mutex sn_cuda_host_mutex;
typedef std::lock_guard<std::recursive_mutex> SnCudaHostLock;

/* Runs a kernel's blocks at once. False, after saying why on stderr, when its threads wait for each other for ever. */
bool sn_cuda_host_run(dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()> &body);

/* Remembers an error for cudaGetLastError and gives it back. */
cudaError_t sn_cuda_host_error(cudaError_t error);
/* What every synchronisation and allocation fails with since a kernel crashed. */
cudaError_t sn_cuda_host_broken();

/* Adds work to a stream, or to the graph that it records. */
void sn_cuda_host_enqueue(cudaStream_t stream, std::function<void()> work);
/* Runs what streams hold: all of one, or of all of them. */
cudaError_t sn_cuda_host_drain(cudaStream_t stream);
cudaError_t sn_cuda_host_drain_all();
bool sn_cuda_host_is_recording(cudaStream_t stream);
/* Whether some stream records in a mode that forbids to allocate. */
bool sn_cuda_host_forbids_allocation();

/* Whole ranges of memory: of the device, and pinned. */
bool sn_cuda_host_is_device(const void *memory, size_t bytes);
bool sn_cuda_host_is_pinned(const void *memory);

/* Opens the device's memory while work runs. */
class SnCudaHostAccess {
 public:
  SnCudaHostAccess();
  ~SnCudaHostAccess();
};

#endif
