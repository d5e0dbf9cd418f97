/* Products of strided matrices on all threads: what matmul and linear share. */
#ifndef SN_BACKENDS_CPU_PRODUCT_H
#define SN_BACKENDS_CPU_PRODUCT_H

#include "backends/cpu/cpu.h"

/* y [batch, m, n] = a [batch, m, k] b [batch, k, n], plus bias [n] unless NULL, plus addend [batch, m, n] unless NULL; y
 * and addend are contiguous. False, with nothing written, when a size is beyond OpenBLAS's, or, with an error, when memory is short. */
bool SN_CPU(product)(const SnArray *a, const SnArray *b, const float *bias, const float *addend, float *y);

#endif
