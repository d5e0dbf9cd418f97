#ifndef SN_BACKENDS_CPU_PRECISION_H
#define SN_BACKENDS_CPU_PRECISION_H

#include "backends/backend.h"

/* Whether products that this thread computes and plans that it makes from now on may round their factors to bfloat16,
 * which they do where that is faster: SnBackend's set_precision and precision of all paths. tf32 is an error. */
bool sn_cpu_set_precision(SnPrecision precision);
SnPrecision sn_cpu_precision(void);

/* How many times faster than float32 this processor multiplies bfloat16, in products as long as a convolution's: 12 by
 * AMX's tiles (measured on Sapphire Rapids); else 1.8 on AMD's with AVX512_BF16 (Zen 4: 345 of 190 GFLOP/s), and 0 on
 * all others. Intel's have the instruction, and it is no faster there than two in float32 (0.6 on Sapphire Rapids);
 * elsewhere bfloat16 is made of float32. */
double sn_cpu_bfloat16_speed(bool with_amx);

/* Another number from now on, for tests; negative: the processor's own again. */
void sn_cpu_set_bfloat16_speed(double speed);

#endif
