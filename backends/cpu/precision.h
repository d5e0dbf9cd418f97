#ifndef SN_BACKENDS_CPU_PRECISION_H
#define SN_BACKENDS_CPU_PRECISION_H

#include "backends/backend.h"

/* Whether plans made from now on multiply factors rounded to bfloat16: SnBackend's set_precision of all paths. tf32 is
 * an error. */
bool sn_cpu_set_precision(SnPrecision precision);
bool sn_cpu_rounds_to_bfloat16(void);

#endif
