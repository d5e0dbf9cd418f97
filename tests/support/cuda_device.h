/* The device "cuda" of tests: the card of the library that SIMPLENET_CUDA names (make test-cuda), else the processor in
 * a card's stead (tests/cuda_host). */
#ifndef SN_TESTS_SUPPORT_CUDA_DEVICE_H
#define SN_TESTS_SUPPORT_CUDA_DEVICE_H

#include "backends/backend.h"

/* In float32's own precision. NULL after a line that begins with "skip:", or with an error. */
const SnBackend *test_cuda_device(void);

#endif
