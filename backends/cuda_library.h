/* The CUDA backend is a shared object of its own, libsimplenet_cuda.so, opened when it is asked for: the program needs
 * neither CUDA nor a driver, and one program serves both kinds of machines. This is the border between the two. */
#ifndef SN_BACKENDS_CUDA_LIBRARY_H
#define SN_BACKENDS_CUDA_LIBRARY_H

#include "backends/backend.h"

/* What the library needs of the program: sn_fail_at of base/error.h. */
typedef struct SnCudaHost {
  bool (*fail)(const char *file, int line, const char *format, ...);
} SnCudaHost;

/* Differs between builds whose structures or kernels differ. */
static inline int sn_cuda_abi_version(void) {
  return (int)(sizeof(SnBackend) << 16 ^ sizeof(SnCall) << 8 ^ sizeof(SnArray)) ^ SN_KERNEL_COUNT;
}

/* The library's only symbol. NULL when abi_version is not its own; records no error. Does nothing on the device: that
 * is for the backend's `start`. host must stay. */
#define SN_CUDA_OPEN "sn_backend_open"
typedef const SnBackend *SnBackendOpen(int abi_version, const SnCudaHost *host);

/* Opens the library, once: the file that the environment variable SIMPLENET_CUDA names, else libsimplenet_cuda.so
 * beside the program or in ../lib from there; never in the current directory. NULL and an error that says what is
 * missing. The library stays open for good. */
const SnBackend *sn_backend_cuda(void);

#endif
