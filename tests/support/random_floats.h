/* Numbers in [-1, 1) that are the same in every run, for tests of kernels. */
#ifndef SN_TESTS_SUPPORT_RANDOM_FLOATS_H
#define SN_TESTS_SUPPORT_RANDOM_FLOATS_H

#include <stdint.h>

/* Uninitialised, at least one; to be freed. The test fails without memory. */
float *new_floats(int64_t count);

/* Others for every stream. */
float *random_floats(uint32_t stream, int64_t count);

#endif
