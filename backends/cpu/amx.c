#include "backends/cpu/amx.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  WHAT_THERE_IS = 0x1021, /* ARCH_GET_XCOMP_SUPP */
  ASK = 0x1023,           /* ARCH_REQ_XCOMP_PERM */
  TILES = 18,             /* XFEATURE_XTILEDATA */
  BF16 = 1 << 22,         /* of CPUID's leaf 7 */
  TILE = 1 << 24,
  INT8 = 1 << 25,
  ALL = BF16 | TILE | INT8
};

bool sn_cpu_has_amx(void) {
  unsigned a, b, c, d;
  uint64_t features = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & ALL) == ALL &&
         syscall(SYS_arch_prctl, WHAT_THERE_IS, &features) == 0 && (features >> TILES & 1);
}

static bool may_use;

static void ask(void) { may_use = sn_cpu_has_amx() && syscall(SYS_arch_prctl, ASK, TILES) == 0; }

bool sn_cpu_use_amx(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, ask);
  return may_use;
}

#else

bool sn_cpu_has_amx(void) { return false; }

bool sn_cpu_use_amx(void) { return false; }

#endif
