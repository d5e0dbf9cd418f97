/* Streams keep their work until something waits for it; events mark places in them; graphs are lists of work. */
#include <chrono>
#include <deque>
#include <map>
#include <vector>

#include "simulator.h"

typedef std::function<void()> Work;

struct CUgraph_st {
  std::vector<Work> work;
};
struct CUgraphExec_st {
  std::vector<Work> work;
};
struct CUevent_st {
  cudaStream_t stream;
  uint64_t ticket; /* passed once the stream has done so many */
  bool recorded;   /* in a graph, where it orders what is in order anyway */
  std::chrono::steady_clock::time_point when;
};
struct CUstream_st {
  std::deque<Work> work;
  uint64_t given, done;
  CUgraph_st *graph; /* recorded into */
  bool origin;       /* where the recording began; streams that waited for its events join */
  cudaStreamCaptureMode mode;
};

namespace {

CUstream_st default_stream;
std::vector<cudaStream_t> streams{&default_stream};
std::map<const void *, size_t> allowed_shared; /* of a kernel, beyond the usual 48 KiB */
cudaError_t last_error = cudaSuccess, broken = cudaSuccess;
long long kernels_run;

constexpr size_t USUAL_SHARED = 48 << 10, LARGEST_SHARED = 227 << 10;

CUstream_st *of(cudaStream_t stream) { return stream ? stream : &default_stream; }

cudaError_t run_until(CUstream_st *stream, uint64_t ticket) {
  SnCudaHostAccess access;
  while (stream->done < ticket && !stream->work.empty()) {
    Work work = std::move(stream->work.front());
    stream->work.pop_front();
    if (broken == cudaSuccess) work();
    stream->done++;
  }
  return broken;
}

}  // namespace

cudaError_t sn_cuda_host_error(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

cudaError_t sn_cuda_host_broken() { return broken; }

void sn_cuda_host_set_broken(int error) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  broken = (cudaError_t)error;
}

void sn_cuda_host_enqueue(cudaStream_t stream, std::function<void()> work) {
  CUstream_st *s = of(stream);
  if (s->graph) {
    s->graph->work.push_back(std::move(work));
    return;
  }
  s->work.push_back(std::move(work));
  s->given++;
}

cudaError_t sn_cuda_host_drain(cudaStream_t stream) {
  return sn_cuda_host_error(run_until(of(stream), of(stream)->given));
}

cudaError_t sn_cuda_host_drain_all() {
  for (cudaStream_t stream : streams) sn_cuda_host_drain(stream);
  return sn_cuda_host_error(broken);
}

bool sn_cuda_host_is_recording(cudaStream_t stream) { return of(stream)->graph != nullptr; }

bool sn_cuda_host_forbids_allocation() {
  for (cudaStream_t stream : streams)
    if (stream->graph && stream->mode != cudaStreamCaptureModeRelaxed) return true;
  return false;
}

/* ---- kernels ---- */

cudaError_t sn_cuda_host_allow_shared(const void *kernel, cudaFuncAttribute attribute, int bytes) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || bytes < 0 || (size_t)bytes > LARGEST_SHARED)
    return sn_cuda_host_error(cudaErrorInvalidValue);
  allowed_shared[kernel] = (size_t)bytes;
  return cudaSuccess;
}

void sn_cuda_host_launch(const void *kernel, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                         std::function<void()> body) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  auto more = allowed_shared.find(kernel);
  size_t shared = std::max(USUAL_SHARED, more == allowed_shared.end() ? 0 : more->second);
  uint64_t threads = (uint64_t)block.x * block.y * block.z;
  if (threads == 0 || threads > 1024 || block.z > 64 || grid.x == 0 || grid.x > 0x7FFFFFFFu || grid.y == 0 ||
      grid.y > 65535 || grid.z == 0 || grid.z > 65535 || shared_bytes > shared) {
    sn_cuda_host_error(cudaErrorInvalidConfiguration);
    return;
  }
  sn_cuda_host_enqueue(stream, [grid, block, shared_bytes, body = std::move(body)] {
    kernels_run++;
    if (!sn_cuda_host_run(grid, block, shared_bytes, body)) broken = cudaErrorLaunchFailure;
  });
}

long long sn_cuda_host_kernel_count(void) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  return kernels_run;
}

/* ---- errors ---- */

cudaError_t cudaPeekAtLastError() { return last_error; }

cudaError_t cudaGetLastError() {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  cudaError_t error = last_error;
  last_error = cudaSuccess;
  return error;
}

cudaError_t cudaDeviceSynchronize() {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  return sn_cuda_host_drain_all();
}

/* ---- streams ---- */

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  *stream = new CUstream_st();
  streams.push_back(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  auto place = std::find(streams.begin(), streams.end(), stream);
  if (!stream || place == streams.end()) return sn_cuda_host_error(cudaErrorInvalidResourceHandle);
  cudaError_t error = sn_cuda_host_drain(stream);
  streams.erase(place);
  delete stream;
  return error;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (sn_cuda_host_is_recording(stream)) return sn_cuda_host_error(cudaErrorStreamCaptureUnsupported);
  return sn_cuda_host_drain(stream);
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  return of(stream)->work.empty() ? broken : cudaErrorNotReady;
}

/* ---- events ---- */

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) {
  *event = new CUevent_st();
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  cudaError_t error = sn_cuda_host_drain_all(); /* what marks it may still wait */
  delete event;
  return error;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  CUstream_st *s = of(stream);
  event->stream = s;
  event->recorded = s->graph != nullptr;
  if (event->recorded) return cudaSuccess;
  sn_cuda_host_enqueue(s, [event] { event->when = std::chrono::steady_clock::now(); });
  event->ticket = s->given;
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  CUstream_st *s = of(stream), *other = event->stream;
  if (!other || s == other) return cudaSuccess;
  if (event->recorded) {
    s->graph = other->graph;
    s->mode = other->mode;
    return cudaSuccess;
  }
  if (s->graph) return sn_cuda_host_error(cudaErrorStreamCaptureUnsupported);
  uint64_t ticket = event->ticket;
  sn_cuda_host_enqueue(s, [other, ticket] { run_until(other, ticket); });
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (!event->stream) return cudaSuccess;
  if (event->recorded) return sn_cuda_host_error(cudaErrorStreamCaptureUnsupported);
  return sn_cuda_host_error(run_until(event->stream, event->ticket));
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  return event->stream && event->stream->done < event->ticket ? cudaErrorNotReady : broken;
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (cudaEventQuery(start) != cudaSuccess || cudaEventQuery(end) != cudaSuccess) return cudaErrorNotReady;
  *milliseconds = std::chrono::duration<float, std::milli>(end->when - start->when).count();
  return cudaSuccess;
}

/* ---- graphs ---- */

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  CUstream_st *s = of(stream);
  if (s == &default_stream || s->graph) return sn_cuda_host_error(cudaErrorStreamCaptureUnsupported);
  s->graph = new CUgraph_st();
  s->origin = true;
  s->mode = mode;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  CUstream_st *s = of(stream);
  if (!s->graph || !s->origin) return sn_cuda_host_error(cudaErrorStreamCaptureInvalidated);
  *graph = s->graph;
  s->origin = false;
  for (cudaStream_t joined : streams)
    if (joined->graph == *graph) joined->graph = nullptr;
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  *status = sn_cuda_host_is_recording(stream) ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *executable, cudaGraph_t graph, unsigned long long) {
  *executable = new CUgraphExec_st{graph->work};
  return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count) {
  if (nodes) return sn_cuda_host_error(cudaErrorInvalidValue);
  *count = graph->work.size();
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (sn_cuda_host_is_recording(stream)) return sn_cuda_host_error(cudaErrorStreamCaptureUnsupported);
  sn_cuda_host_enqueue(stream, [executable] {
    for (const Work &work : executable->work)
      if (broken == cudaSuccess) work();
  });
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  cudaError_t error = sn_cuda_host_drain_all();
  delete executable;
  return error;
}
