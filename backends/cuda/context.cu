#include "backends/cuda/context.cuh"

#include <pthread.h>
#include <stdio.h>

const SnCudaHost *sn_cuda_host;
char sn_cuda_description[256] = "NVIDIA graphics cards by CUDA and cuBLAS";

static cudaStream_t stream;
static thread_local SnPrecision precision = SN_PRECISION_TF32;
static char refusal[512]; /* why the device cannot be used */

bool sn_cuda_check_at(cudaError_t status, const char *what, const char *file, int line) {
  if (status == cudaSuccess) return true;
  cudaGetLastError(); /* so that the next call is not blamed for this one */
  sn_cuda_host->fail(file, line, "cuda: %s failed: %s", what, cudaGetErrorString(status));
  return false;
}

static bool refuse(cudaError_t status, const char *what) {
  if (status == cudaSuccess) return false;
  cudaGetLastError();
  if (status == cudaErrorInsufficientDriver || status == cudaErrorNoDevice)
    snprintf(refusal, sizeof refusal, "the device cuda cannot be used: %s",
             status == cudaErrorNoDevice ? "the NVIDIA driver sees no graphics card"
                                         : "there is no NVIDIA driver, or it is older than this CUDA needs");
  else
    snprintf(refusal, sizeof refusal, "the device cuda cannot be used: %s: %s", what, cudaGetErrorString(status));
  return true;
}

static void describe(int count) {
  cudaDeviceProp properties;
  int driver = 0;
  if (refuse(cudaGetDeviceProperties(&properties, 0), "its properties cannot be read")) return;
  if (refuse(cudaDriverGetVersion(&driver), "the driver's version cannot be read")) return;
  int used =
      snprintf(sn_cuda_description, sizeof sn_cuda_description,
               "%s, compute capability %d.%d, %.0f GiB, driver for CUDA %d.%d", properties.name, properties.major,
               properties.minor, (double)properties.totalGlobalMem / (1 << 30), driver / 1000, driver % 1000 / 10);
  if (count > 1 && used > 0 && (size_t)used < sizeof sn_cuda_description)
    snprintf(sn_cuda_description + used, sizeof sn_cuda_description - (size_t)used,
             " (the first of %d; CUDA_VISIBLE_DEVICES chooses)", count);
}

static void start_once() {
  int count = 0;
  if (refuse(cudaGetDeviceCount(&count), "the cards cannot be counted")) return;
  if (count == 0) {
    refuse(cudaErrorNoDevice, "");
    return;
  }
  describe(count);
  if (!*refusal) refuse(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "a stream cannot be made");
}

bool sn_cuda_start(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start_once);
  return !*refusal || sn_cuda_fail("%s", refusal);
}

cudaStream_t sn_cuda_stream(void) { return stream; }

SnPrecision sn_cuda_precision(void) { return precision; }

bool sn_cuda_set_precision(SnPrecision wanted) {
  if (wanted == SN_PRECISION_INT8) return sn_cuda_fail("precision: the device cuda computes in fp32, tf32 or bf16");
  precision = wanted;
  return true;
}

bool sn_cuda_stopwatch(double *seconds) {
  static cudaEvent_t last, now;
  static bool has_last;
  float milliseconds = 0;
  if (!last && (!sn_cuda_check(cudaEventCreate(&last), "making an event") ||
                !sn_cuda_check(cudaEventCreate(&now), "making an event")))
    return false;
  if (!sn_cuda_check(cudaEventRecord(now, stream), "computing") ||
      !sn_cuda_check(cudaEventSynchronize(now), "computing"))
    return false;
  if (has_last && !sn_cuda_check(cudaEventElapsedTime(&milliseconds, last, now), "telling the time")) return false;
  has_last = true;
  cudaEvent_t event = last;
  last = now;
  now = event;
  *seconds = (double)milliseconds * 1e-3;
  return true;
}
