#include <stdatomic.h>
#include <string.h>

#include "backends/backend.h"
#include "backends/cuda_library.h"
#include "base/error.h"

static const SnBackend *(*const backends[])(void) = {sn_backend_cpu, sn_backend_reference};

static atomic_llong fallbacks;

int sn_backend_count(void) { return (int)(sizeof backends / sizeof *backends); }

const SnBackend *sn_backend_at(int index) { return backends[index](); }

const SnBackend *sn_backend_find(const char *name) {
  for (int i = 0; i < sn_backend_count(); i++)
    if (strcmp(sn_backend_at(i)->name, name) == 0) return sn_backend_at(i);
  return strcmp(name, "cuda") == 0 ? sn_backend_cuda() : NULL;
}

const char *sn_kernel_name(SnKernel kernel) {
  static const char *const names[] = {
#define X(name) #name,
      SN_KERNELS(X)
#undef X
  };
  return names[kernel];
}

const char *sn_convolution_algorithm_name(SnConvolutionAlgorithm algorithm) {
  static const char *const names[SN_CONVOLUTION_ALGORITHM_COUNT] = {"direct",     "im2col",   "pointwise", "depthwise",
                                                                    "rows",       "grouped",  "shallow",   "winograd_2",
                                                                    "winograd_4", "bfloat16", "int8"};
  return names[algorithm];
}

bool sn_kernel_run(const SnBackend *backend, SnKernel kernel, const SnCall *call) {
  if (backend->kernels[kernel] && backend->kernels[kernel](call)) return sn_ok();
  if (!sn_ok() || backend->copy_to_host) return false;
  if (backend != sn_backend_reference()) atomic_fetch_add(&fallbacks, 1);
  return sn_backend_reference()->kernels[kernel](call);
}

int64_t sn_fallback_count(void) { return atomic_load(&fallbacks); }
