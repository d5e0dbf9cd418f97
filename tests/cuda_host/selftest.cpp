/* Tests of the CPU emulation of the CUDA runtime: what a kernel may count on, and what it is to be caught at. */
#include "simulator.h"

/* The sentence is what does not hold. */
#define EXPECT(condition, sentence) \
  if (!(condition)) return sentence

namespace {

constexpr int THREADS = 96;

/* Every thread takes what another one wrote, from the next warp and across the block's two ends. */
template <bool BARRIER>
__global__ void turn(const int *x, int *y, int run) {
  __shared__ int shared[THREADS];
  int i = (int)threadIdx.x;
  shared[i] = x[i] + run; /* another value than is left there from the run before */
  if (BARRIER) __syncthreads();
  y[i] = shared[(i + THREADS / 2) % THREADS];
}

__global__ void shuffle(int *y) {
  int lane = (int)threadIdx.x % 32, *own = y + threadIdx.x * 5;
  own[0] = __shfl_xor_sync(0xFFFFFFFFu, lane, 5);
  own[1] = __shfl_down_sync(0xFFFFFFFFu, lane, 3, 8);
  own[2] = __shfl_up_sync(0xFFFFFFFFu, lane, 2);
  own[3] = __shfl_sync(0xFFFFFFFFu, lane, 17);
  if (lane < 4) own[4] = __shfl_sync(0xFu, lane, 3 - lane);
}

__global__ void wait_for_the_first(int *y) {
  if (threadIdx.x < 32 || threadIdx.x == 40) __syncthreads();
  if (threadIdx.x == 33) __shfl_sync(0xFFFFFFFFu, 1, 0);
  y[threadIdx.x] = 1;
}

__global__ void add(int *y, int value) { y[blockIdx.x] += value; }

__global__ void read_dynamic_shared(int *y) {
  SN_DYNAMIC_SHARED(float, shared);
  y[0] = isnan(shared[0]) && isnan(shared[11]);
}

const char *check_kernels(int *x, int *y, cudaStream_t stream) {
  int numbers[THREADS], turned[THREADS], wrong = 0;
  for (int i = 0; i < THREADS; i++) numbers[i] = i + 1;
  cudaMemcpyAsync(x, numbers, sizeof numbers, cudaMemcpyHostToDevice, stream);
  for (int run = 0; run < 4; run++) {
    cudaMemsetAsync(y, 0, sizeof numbers, stream);
    if (run < 2)
      SN_LAUNCH(turn<true>, 1, THREADS, 0, stream, x, y, run);
    else
      SN_LAUNCH(turn<false>, 1, THREADS, 0, stream, x, y, run);
    cudaMemcpyAsync(turned, y, sizeof turned, cudaMemcpyDeviceToHost, stream);
    for (int i = 0; i < THREADS; i++) {
      bool right = turned[i] == numbers[(i + THREADS / 2) % THREADS] + run;
      EXPECT(right || run >= 2, "a barrier lets every thread see what the others wrote");
      wrong += !right;
    }
  }
  EXPECT(wrong > 0, "a missing barrier shows");
  int lanes[64 * 5];
  SN_LAUNCH(shuffle, 1, 64, 0, stream, y);
  cudaMemcpyAsync(lanes, y, sizeof lanes, cudaMemcpyDeviceToHost, stream);
  for (int t = 0; t < 64; t++) {
    int lane = t % 32, *own = lanes + t * 5;
    EXPECT(own[0] == (lane ^ 5), "__shfl_xor_sync");
    EXPECT(own[1] == (lane % 8 + 3 < 8 ? lane + 3 : lane), "__shfl_down_sync in groups of 8");
    EXPECT(own[2] == (lane >= 2 ? lane - 2 : lane), "__shfl_up_sync");
    EXPECT(own[3] == 17 && (lane >= 4 || own[4] == 3 - lane), "__shfl_sync");
  }
  SN_LAUNCH(read_dynamic_shared, 1, 1, 12 * sizeof(float), stream, y);
  cudaMemcpyAsync(lanes, y, sizeof(int), cudaMemcpyDeviceToHost, stream);
  EXPECT(lanes[0] == 1, "dynamic shared memory begins as NaN");
  SnCudaHostAccess access;
  EXPECT(!sn_cuda_host_run(1, 64, 0, [=] { wait_for_the_first(y); }), "threads that wait for ever are noticed");
  EXPECT(sn_cuda_host_run(1, 64, 0, [=] { y[threadIdx.x] = 2; }) && y[63] == 2, "the next kernel runs all the same");
  return nullptr;
}

const char *check_streams(int *y, cudaStream_t stream) {
  int *pinned, seen = 0;
  cudaEvent_t event;
  cudaGraph_t graph;
  cudaGraphExec_t executable;
  EXPECT(cudaMallocHost(&pinned, sizeof *pinned) == cudaSuccess, "pinned memory");
  EXPECT(cudaEventCreateWithFlags(&event, cudaEventDisableTiming) == cudaSuccess, "events");
  *pinned = 3;
  cudaMemcpyAsync(y, pinned, sizeof *pinned, cudaMemcpyHostToDevice, stream);
  *pinned = 5;
  cudaMemcpyAsync(&seen, y, sizeof seen, cudaMemcpyDeviceToHost, stream);
  EXPECT(seen == 5, "copies from pinned memory are made when their turn comes");
  SN_LAUNCH(add, 1, 1, 0, stream, y, 2);
  cudaMemcpyAsync(pinned, y, sizeof *pinned, cudaMemcpyDeviceToHost, stream);
  cudaEventRecord(event, stream);
  EXPECT(*pinned == 5 && cudaEventQuery(event) == cudaErrorNotReady, "work waits");
  EXPECT(cudaEventSynchronize(event) == cudaSuccess && *pinned == 7, "an event waits for what was before it");
  EXPECT(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal) == cudaSuccess, "recording begins");
  SN_LAUNCH(add, 1, 1, 0, stream, y, 10);
  void *memory;
  EXPECT(cudaMalloc(&memory, 64) == cudaErrorStreamCaptureUnsupported, "no allocation while recording");
  EXPECT(cudaStreamSynchronize(stream) == cudaErrorStreamCaptureUnsupported, "no waiting while recording");
  EXPECT(cudaStreamEndCapture(stream, &graph) == cudaSuccess, "recording ends");
  EXPECT(cudaGraphInstantiate(&executable, graph) == cudaSuccess, "a graph");
  for (int run = 0; run < 3; run++) cudaGraphLaunch(executable, stream);
  cudaMemcpyAsync(&seen, y, sizeof seen, cudaMemcpyDeviceToHost, stream);
  EXPECT(seen == 37, "a graph runs as often as it is launched, and not while it is recorded");
  cudaGetLastError();
  SN_LAUNCH(add, 0, 1, 0, stream, y, 1);
  EXPECT(cudaGetLastError() == cudaErrorInvalidConfiguration, "an empty grid is an error");
  SN_LAUNCH(add, 1, 2048, 0, stream, y, 1);
  EXPECT(cudaGetLastError() == cudaErrorInvalidConfiguration, "a block has at most 1024 threads");
  EXPECT(cudaMemcpyAsync(y, y, 4, cudaMemcpyHostToDevice, stream) == cudaErrorInvalidValue, "copies know the memories");
  cudaGetLastError();
  cudaGraphDestroy(graph);
  cudaGraphExecDestroy(executable);
  cudaEventDestroy(event);
  cudaFreeHost(pinned);
  return nullptr;
}

}  // namespace

const char *sn_cuda_host_selftest(void) {
  int *x, *y;
  cudaStream_t stream;
  EXPECT(cudaMalloc(&x, 4096) == cudaSuccess && cudaMalloc(&y, 4096) == cudaSuccess, "memory");
  EXPECT(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess, "a stream");
  const char *wrong = check_kernels(x, y, stream);
  if (!wrong) wrong = check_streams(y, stream);
  cudaStreamDestroy(stream);
  cudaFree(x);
  cudaFree(y);
  return wrong;
}
