#include "backends/backend.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/amx.h"
#include "backends/cpu/paths.h"
#include "base/error.h"

extern const SnBackend sn_cpu_backend_portable;

static bool always(void) { return true; }

#if defined(__x86_64__)
extern const SnBackend sn_cpu_backend_avx2, sn_cpu_backend_avx512, sn_cpu_backend_avx512_bf16, sn_cpu_backend_amx;

static bool has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

/* Every processor with the first has the second as well. */
static bool has_avx512_bf16(void) {
  return has_avx512() && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
}

static bool has_amx(void) { return has_avx512_bf16() && sn_cpu_has_amx(); }
#endif

static const SnCpuPath paths[] = {
    {"portable", &sn_cpu_backend_portable, always},
#if defined(__x86_64__)
    {"avx2", &sn_cpu_backend_avx2, has_avx2},
    {"avx512", &sn_cpu_backend_avx512, has_avx512},
    {"avx512_bf16", &sn_cpu_backend_avx512_bf16, has_avx512_bf16},
    {"amx", &sn_cpu_backend_amx, has_amx},
#endif
};
enum { PATHS = sizeof paths / sizeof *paths };

const SnCpuPath *sn_cpu_path(int index) { return index < PATHS ? &paths[index] : NULL; }

/* What SIMPLENET_CPU asks for and there is not. Then the backend gives no memory, and says why. */
static char refusal[200];

static void *refuse(size_t bytes) {
  (void)bytes;
  return sn_fail_null("%s", refusal);
}

static SnBackend chosen;

static void choose(void) {
  const char *wanted = getenv("SIMPLENET_CPU");
  const SnCpuPath *path = NULL;
  char runnable[64] = "";
  for (int i = 0; i < PATHS; i++) {
    if (!paths[i].runs_here()) continue;
    if (!wanted || !*wanted || strcmp(wanted, paths[i].name) == 0) path = &paths[i];
    snprintf(runnable + strlen(runnable), sizeof runnable - strlen(runnable), "%s%s", *runnable ? ", " : "",
             paths[i].name);
  }
  chosen = path ? *path->backend : sn_cpu_backend_portable;
  if (path) return;
  snprintf(refusal, sizeof refusal, "SIMPLENET_CPU is '%.40s', but this processor runs only %s", wanted, runnable);
  chosen.description = refusal;
  chosen.allocate = refuse;
}

const SnBackend *sn_backend_cpu(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, choose);
  return &chosen;
}
