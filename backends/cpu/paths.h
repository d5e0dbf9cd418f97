/* Code paths: the CPU backend compiled for one instruction set each. All kernels of a process come from one of them:
 * the last in the list that the processor can run, or the one that the environment variable SIMPLENET_CPU names. */
#ifndef SN_BACKENDS_CPU_PATHS_H
#define SN_BACKENDS_CPU_PATHS_H

#include "backends/backend.h"

typedef struct SnCpuPath {
  const char *name; /* portable, avx2, avx512, avx512_bf16, amx */
  const SnBackend *backend;
  bool (*runs_here)(void);
} SnCpuPath;

/* NULL at index beyond the last. */
const SnCpuPath *sn_cpu_path(int index);

#endif
