/* The CUDA backend's table, and the door through which the program gets it. */
#include "backends/backend.h"

#include "backends/cuda/context.cuh"
#include "backends/cuda/conv2d_fused.cuh"
#include "backends/cuda/kernels.cuh"

static int threads() { return 1; }

static SnBackend make_table() {
  SnBackend backend = {};
  backend.name = "cuda";
  backend.description = sn_cuda_description;
  backend.start = sn_cuda_start;
  backend.allocate = sn_cuda_allocate;
  backend.release = sn_cuda_release;
  backend.copy_to_host = sn_cuda_copy_to_host;
  backend.copy_from_host = sn_cuda_copy_from_host;
  backend.synchronize = sn_cuda_synchronize;
  backend.stopwatch = sn_cuda_stopwatch;
  backend.set_precision = sn_cuda_set_precision;
  backend.precision = sn_cuda_precision;
  backend.record_begin = sn_cuda_record_begin;
  backend.record_end = sn_cuda_record_end;
  backend.record_run = sn_cuda_record_run;
  backend.record_free = sn_cuda_record_free;
  backend.threads = threads;
  backend.conv2d_choose = sn_cuda_conv2d_choose;
  backend.conv2d_supports = sn_cuda_conv2d_supports;
  backend.conv2d_prepared_count = sn_cuda_conv2d_prepared_count;
#define X(name) backend.kernels[SN_KERNEL_##name] = sn_cuda_##name;
  SN_KERNELS(X)
#undef X
  return backend;
}

extern "C" __attribute__((visibility("default"))) const SnBackend *sn_backend_open(int abi_version,
                                                                                   const SnCudaHost *host) {
  static const SnBackend backend = make_table();
  if (abi_version != sn_cuda_abi_version()) return nullptr;
  sn_cuda_host = host;
  return &backend;
}
