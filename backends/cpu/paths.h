/* Code paths: the CPU backend compiled for one instruction set each. All kernels of a process come from one of them:
 * the last in the list that the processor can run, or the one that the environment variable SIMPLENET_CPU names. */
#ifndef SN_BACKENDS_CPU_PATHS_H
#define SN_BACKENDS_CPU_PATHS_H

#include "backends/backend.h"

typedef struct SnCpuPath {
  const char *name; /* portable, avx2, avx512, avx512_bf16 */
  const SnBackend *backend;
  bool (*runs_here)(void);
} SnCpuPath;

/* NULL at index beyond the last. */
const SnCpuPath *sn_cpu_path(int index);

/* Whether plans made from now on multiply factors rounded to bfloat16: SnBackend's set_precision of all paths. tf32 is
 * an error. */
bool sn_cpu_set_precision(SnPrecision precision);
bool sn_cpu_rounds_to_bfloat16(void);

#endif
