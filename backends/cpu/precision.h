#ifndef SN_BACKENDS_CPU_PRECISION_H
#define SN_BACKENDS_CPU_PRECISION_H

#include "backends/backend.h"

/* Whether plans that this thread makes from now on multiply factors rounded to bfloat16: SnBackend's set_precision and
 * precision of all paths. tf32 is an error. */
bool sn_cpu_set_precision(SnPrecision precision);
SnPrecision sn_cpu_precision(void);

#endif
