/* The device "cuda" of tests: the card of the library that SIMPLENET_CUDA names (make test-cuda), else the CPU
 * emulation of the CUDA runtime (tests/cuda_host). */
#ifndef SN_TESTS_SUPPORT_CUDA_DEVICE_H
#define SN_TESTS_SUPPORT_CUDA_DEVICE_H

#include "backends/backend.h"

/* The device in float32's own precision into *cuda. False after a line that begins with "skip:", with status 0, or that
 * tells an error, with status 1. */
bool test_cuda_open(const SnBackend **cuda, int *status);

/* For cmocka: before or after a test, and after the last. */
int test_clear_error(void **state);
int test_free_storage(void **state);

/* A function of the CPU emulation, for tests (the end of tests/cuda_host/cuda_runtime.h), into the
 * pointer at `function`; false on a card, which has none. */
bool test_cuda_control(const char *name, void *function);

#endif
