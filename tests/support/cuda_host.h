/* The CUDA backend on the device that the processor plays (tests/cuda_host), or on a real one where the environment
 * variable SIMPLENET_CUDA names its library. */
#ifndef SN_TESTS_SUPPORT_CUDA_HOST_H
#define SN_TESTS_SUPPORT_CUDA_HOST_H

#include "backends/backend.h"

/* NULL, after a word on stdout, where the library has not been built: there is no C++ compiler. */
const SnBackend *cuda_host_open(void);

/* A function of the device's own, for tests (the end of tests/cuda_host/cuda_runtime.h), into the pointer at
 * `function`; false on a real device, which has none. */
bool cuda_host_control(const char *name, void *function);

#endif
