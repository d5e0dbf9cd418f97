/* The device "cuda" of tests: the card of the library that SIMPLENET_CUDA names (make test-cuda), else the processor in
 * a card's stead (tests/cuda_host). */
#ifndef SN_TESTS_SUPPORT_CUDA_DEVICE_H
#define SN_TESTS_SUPPORT_CUDA_DEVICE_H

#include "backends/backend.h"

/* In float32's own precision. NULL after a line that begins with "skip:", or with an error. */
const SnBackend *test_cuda_device(void);

/* A function of the processor in a card's stead, for tests (the end of tests/cuda_host/cuda_runtime.h), into the
 * pointer at `function`; false on a card, which has none. */
bool test_cuda_control(const char *name, void *function);

#endif
