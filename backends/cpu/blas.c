#include "backends/cpu/blas.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backends/cpu/pool.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/memory.h"

#define LIBRARY "libopenblas.so.0"

/* What OpenBLAS maps for a buffer (BUFFER_SIZE of its common_*.h, 128 MiB on every 64-bit processor, of which only what
 * is used takes memory), and how much its library takes. Some more, since other threads take memory meanwhile. */
enum { BUFFER = 128 << 20, LIBRARY_SIZE = 64 << 20, MORE = 32 << 20 };

/* The most buffers that OpenBLAS manages; it prints a warning for one more. */
enum { MAX_BUFFERS = 128 };

/* openblas_get_parallel(): the only variant whose buffers several threads may take at a time. */
enum { WITH_PTHREADS = 1 };

SnBlas sn_blas;

static struct {
  pthread_mutex_t mutex; /* guards all but `asked` */
  bool opened;
  void *(*take)(int position); /* OpenBLAS's own blas_memory_alloc and blas_memory_free */
  void (*give)(void *buffer);
  int most, buffers;
  atomic_int asked; /* for how many threads buffers were made, as far as there was room */
  sem_t free;
} blas = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Whether so much can be mapped now. It is given back at once. */
static bool has_memory(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  munmap(memory, bytes);
  return true;
}

static bool fail_memory(const char *what, int64_t bytes) {
  int64_t needed = bytes / 1000000 + 1, available = sn_available_memory() / 1000000;
  if (available >= needed)
    return sn_fail("out of memory: %s was refused %lld MB of address space", what, (long long)needed);
  return sn_fail("out of memory: %s needs %lld MB of address space, and only %lld MB are available", what,
                 (long long)needed, (long long)available);
}

/* A conversion from void * to a function, which ISO C does not have. */
static bool find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  if (!symbol) return sn_fail("%s has no %s", LIBRARY, name);
  memcpy(function, &symbol, sizeof symbol);
  return true;
}

/* The loader's reasons do not always say that memory was refused. */
static void fail_open(const char *reason) {
  if (strstr(reason, "No such file"))
    sn_fail("matrix products need OpenBLAS, which cannot be opened: %s", reason);
  else
    sn_fail("out of memory, or a library is damaged: OpenBLAS cannot be opened: %s", reason);
}

static void *open_file(void) {
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!library) fail_open(dlerror());
  return library;
}

/* Opens it while the environment variable has that value: OpenBLAS reads some as it is loaded. */
static void *open_with(const char *variable, const char *value, void *(*opener)(void)) {
  const char *before = getenv(variable);
  char *kept = before ? sn_copy_text(before) : NULL;
  void *library = NULL;
  if (!sn_ok()) return NULL;
  if (setenv(variable, value, 1) != 0)
    sn_fail("out of memory for the environment of %s", LIBRARY);
  else
    library = opener();
  if (!kept || setenv(variable, kept, 1) != 0) unsetenv(variable);
  free(kept);
  return library;
}

/* It starts its threads as it is loaded. */
static void *open_for_one_thread(void) { return open_with("OPENBLAS_NUM_THREADS", "1", open_file); }

/* The kernels for the best instructions that this processor has; NULL for none that OpenBLAS would not find. */
static const char *best_kernels(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return NULL;
}

/* Whether the library, or the user, has chosen kernels. A library that is older than the processor does not know its
 * number and takes the kernels of 2004 for it, Prescott's, which are a fifth as fast. */
static bool are_chosen(void *library) {
  char *(*name)(void) = NULL;
  void *symbol = dlsym(library, "openblas_get_corename");
  if (!symbol || getenv("OPENBLAS_CORETYPE")) return true;
  memcpy(&name, &symbol, sizeof symbol);
  return strcmp(name(), "Prescott") != 0;
}

static void *load(void) {
  void *library = open_for_one_thread();
  const char *kernels = best_kernels();
  if (!library || !kernels || are_chosen(library)) return library;
  dlclose(library);
  return open_with("OPENBLAS_CORETYPE", kernels, open_for_one_thread);
}

static bool open_library(void) {
  void (*set_threads)(int) = NULL;
  int (*parallel)(void) = NULL;
  if (!has_memory(LIBRARY_SIZE)) return fail_memory("OpenBLAS", LIBRARY_SIZE);
  void *library = load();
  if (!library) return false;
  bool found = find(library, "cblas_sgemm", &sn_blas.sgemm) && find(library, "cblas_sgemv", &sn_blas.sgemv) &&
               find(library, "cblas_dgemm", &sn_blas.dgemm) && find(library, "blas_memory_alloc", &blas.take) &&
               find(library, "blas_memory_free", &blas.give) &&
               find(library, "openblas_set_num_threads", &set_threads) &&
               find(library, "openblas_get_parallel", &parallel);
  if (!found || sem_init(&blas.free, 0, 0) != 0) {
    dlclose(library);
    return sn_fail("OpenBLAS cannot be used: %s", strerror(errno));
  }
  set_threads(1); /* it may have been loaded before, by somebody else */
  blas.most = parallel() == WITH_PTHREADS ? MAX_BUFFERS : 1;
  return blas.opened = true;
}

/* OpenBLAS keeps a buffer that it has mapped, and takes the first that is free. So all are taken, then new ones while
 * there is room, and all given back. */
static bool make_buffers(int wanted) {
  void *taken[MAX_BUFFERS];
  int count = 0;
  if (wanted > blas.most) wanted = blas.most;
  for (; count < blas.buffers; count++) {
    sn_blas_enter();
    taken[count] = blas.take(0);
  }
  while (count < wanted && has_memory(BUFFER + MORE)) taken[count++] = blas.take(0);
  blas.buffers = count;
  while (count > 0) {
    blas.give(taken[--count]);
    sn_blas_leave();
  }
  return blas.buffers > 0 || fail_memory("a matrix product of OpenBLAS", BUFFER + MORE);
}

bool sn_blas_ready(void) {
  int threads = sn_pool_threads();
  if (atomic_load(&blas.asked) >= threads) return true;
  if (!sn_ok()) return false;
  pthread_mutex_lock(&blas.mutex);
  bool ready = (blas.opened || open_library()) && make_buffers(threads);
  if (ready) atomic_store(&blas.asked, threads);
  pthread_mutex_unlock(&blas.mutex);
  return ready;
}

void sn_blas_enter(void) {
  while (sem_wait(&blas.free) != 0) continue; /* interrupted by a signal */
}

void sn_blas_leave(void) { sem_post(&blas.free); }
