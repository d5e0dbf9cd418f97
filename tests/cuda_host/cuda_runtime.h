/* As much of CUDA's runtime and language as backends/cuda uses, on the processor: its sources are compiled by a plain
 * C++ compiler with this folder first among the include folders, and run under make test where there is no card.
 *
 * Memory of the device is memory that the host must not touch (set_guard below proves that). Work in streams waits
 * until something synchronises, so what forgets to wait reads old values. Kernels run block after block, the threads of
 * a block as coroutines in changing order, so that a missing barrier shows. Names and values are CUDA's. */
#ifndef SN_TESTS_CUDA_HOST_CUDA_RUNTIME_H
#define SN_TESTS_CUDA_HOST_CUDA_RUNTIME_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <tuple>

/* ---- the language ---- */

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __shared__ static /* blocks run one after the other */
#define __align__(bytes) __attribute__((aligned(bytes)))

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

/* Where the running thread stands. */
struct SnCudaHostThread {
  uint3 thread, block;
};
extern const SnCudaHostThread *sn_cuda_host_thread;
extern dim3 sn_cuda_host_block_size, sn_cuda_host_grid_size;

#define threadIdx (sn_cuda_host_thread->thread)
#define blockIdx (sn_cuda_host_thread->block)
#define blockDim sn_cuda_host_block_size
#define gridDim sn_cuda_host_grid_size
constexpr int warpSize = 32;

void __syncthreads();

/* The values that the lanes of `mask` gave, 32 of 16 bytes, once all of them have come here. */
const unsigned char (*sn_cuda_host_exchange(unsigned mask, const void *value, size_t bytes))[16];
unsigned sn_cuda_host_lane();

inline void __syncwarp(unsigned mask = 0xFFFFFFFFu) { sn_cuda_host_exchange(mask, nullptr, 0); }

template <typename T>
T sn_cuda_host_shuffle(unsigned mask, T value, unsigned lane, unsigned from) {
  static_assert(sizeof(T) <= 16, "a shuffled value has at most 16 bytes");
  const unsigned char(*values)[16] = sn_cuda_host_exchange(mask, &value, sizeof value);
  T taken;
  memcpy(&taken, values[from < 32 ? from : lane], sizeof taken);
  return taken;
}

/* `width` lanes are a group; a lane outside the own group is the own lane. */
template <typename T>
T __shfl_sync(unsigned mask, T value, int from, int width = 32) {
  unsigned lane = sn_cuda_host_lane(), w = (unsigned)width;
  return sn_cuda_host_shuffle(mask, value, lane, lane / w * w + (unsigned)from % w);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
  unsigned lane = sn_cuda_host_lane(), from = lane ^ (unsigned)bits, w = (unsigned)width;
  return sn_cuda_host_shuffle(mask, value, lane, from / w > lane / w ? lane : from);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32) {
  unsigned lane = sn_cuda_host_lane(), w = (unsigned)width;
  return sn_cuda_host_shuffle(mask, value, lane, lane % w + distance < w ? lane + distance : lane);
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32) {
  unsigned lane = sn_cuda_host_lane(), w = (unsigned)width;
  return sn_cuda_host_shuffle(mask, value, lane, lane % w >= distance ? lane - distance : lane);
}

inline void __threadfence() {}
template <typename T>
T __ldg(const T *place) {
  return *place;
}
inline int atomicAdd(int *place, int value) { return (*place += value) - value; }
inline unsigned atomicAdd(unsigned *place, unsigned value) { return (*place += value) - value; }
inline unsigned long long atomicAdd(unsigned long long *place, unsigned long long value) {
  return (*place += value) - value;
}

inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline unsigned __float_as_uint(float value) {
  unsigned bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline float __uint_as_float(unsigned bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
using std::max;
using std::min;

/* ---- errors and devices ---- */

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInsufficientDriver = 35,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorInvalidResourceHandle = 400,
  cudaErrorNotReady = 600,
  cudaErrorLaunchFailure = 719,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorStreamCaptureInvalidated = 901,
};

struct cudaDeviceProp {
  char name[256];
  size_t totalGlobalMem, sharedMemPerBlock, sharedMemPerBlockOptin;
  int major, minor, multiProcessorCount, l2CacheSize, maxThreadsPerMultiProcessor;
};

enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97,
};

cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
const char *cudaGetErrorString(cudaError_t error);
const char *cudaGetErrorName(cudaError_t error);
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaDeviceSynchronize();

/* ---- memory ---- */

enum cudaMemcpyKind {
  cudaMemcpyHostToHost = 0,
  cudaMemcpyHostToDevice = 1,
  cudaMemcpyDeviceToHost = 2,
  cudaMemcpyDeviceToDevice = 3,
};

typedef struct CUstream_st *cudaStream_t;

cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaMallocHost(void **memory, size_t bytes);
cudaError_t cudaFreeHost(void *memory);
cudaError_t cudaMemGetInfo(size_t *available, size_t *total);
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream = 0);
cudaError_t cudaMemsetAsync(void *to, int byte, size_t bytes, cudaStream_t stream = 0);
template <typename T>
cudaError_t cudaMalloc(T **memory, size_t bytes) {
  return cudaMalloc((void **)memory, bytes);
}
template <typename T>
cudaError_t cudaMallocHost(T **memory, size_t bytes) {
  return cudaMallocHost((void **)memory, bytes);
}

/* ---- streams, events, graphs ---- */

typedef struct CUevent_st *cudaEvent_t;
typedef struct CUgraph_st *cudaGraph_t;
typedef struct CUgraphExec_st *cudaGraphExec_t;
typedef struct CUgraphNode_st *cudaGraphNode_t;

enum { cudaStreamDefault = 0, cudaStreamNonBlocking = 1 };
enum { cudaEventDefault = 0, cudaEventDisableTiming = 2 };
enum cudaStreamCaptureMode {
  cudaStreamCaptureModeGlobal = 0,
  cudaStreamCaptureModeThreadLocal = 1,
  cudaStreamCaptureModeRelaxed = 2,
};
enum cudaStreamCaptureStatus { cudaStreamCaptureStatusNone, cudaStreamCaptureStatusActive };

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamQuery(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags = 0);
cudaError_t cudaEventCreate(cudaEvent_t *event);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = 0);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventQuery(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *executable, cudaGraph_t graph, unsigned long long flags = 0);
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count);
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable);

/* ---- launches ---- */

enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };

cudaError_t sn_cuda_host_allow_shared(const void *kernel, cudaFuncAttribute attribute, int bytes);

template <typename... P>
cudaError_t cudaFuncSetAttribute(void (*kernel)(P...), cudaFuncAttribute attribute, int value) {
  return sn_cuda_host_allow_shared((const void *)kernel, attribute, value);
}

void sn_cuda_host_launch(const void *kernel, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                         std::function<void()> body);
unsigned char *sn_cuda_host_dynamic_shared();

/* Arguments are converted to the kernel's parameters and kept by value, as a launch does. */
template <typename... P, typename... A>
void sn_cuda_host_launch_kernel(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                                const A &...arguments) {
  std::tuple<std::remove_cv_t<P>...> parameters(arguments...);
  sn_cuda_host_launch((const void *)kernel, grid, block, shared_bytes, stream,
                      [kernel, parameters] { std::apply(kernel, parameters); });
}

#define SN_LAUNCH(kernel, grid, block, shared_bytes, stream, ...) \
  sn_cuda_host_launch_kernel(kernel, grid, block, shared_bytes, stream, __VA_ARGS__)

#define SN_DYNAMIC_SHARED(type, name) type *name = reinterpret_cast<type *>(sn_cuda_host_dynamic_shared())

/* ---- for the tests; found by dlsym ---- */

#define SN_CUDA_HOST_CONTROL extern "C" __attribute__((visibility("default")))

/* How much memory the device has; what is taken stays taken. */
SN_CUDA_HOST_CONTROL void sn_cuda_host_set_memory(size_t bytes);
/* From now on everything fails with this, as after a kernel that crashed; 0: nothing any more. */
SN_CUDA_HOST_CONTROL void sn_cuda_host_set_broken(int error);
/* From now on the host that touches memory of the device ends by a segmentation fault. Slow. */
SN_CUDA_HOST_CONTROL void sn_cuda_host_set_guard(bool guarded);
/* What does not hold of the device itself; NULL when all does. */
SN_CUDA_HOST_CONTROL const char *sn_cuda_host_selftest(void);
/* Kernels that have run, also from graphs. */
SN_CUDA_HOST_CONTROL long long sn_cuda_host_kernel_count(void);

#endif
