/* A library to be preloaded (LD_PRELOAD) that counts a program's requests for memory and threads and refuses some:
 *
 *   FAIL_AT=n         the n-th is refused, n from 1; 0 or absent: none
 *   FAIL_ONWARDS=1    and all that follow it
 *   FAIL_HANGS=1      it is not refused, but never answered
 *   FAIL_COUNT=file   how many there were is written there at exit
 *
 * or, by the process itself, fail_at_request(n): counts from 0 again, refuses the n-th, and returns how many there
 * were.
 *
 * Requests are malloc and its kin, mmap and pthread_create, of the process and of those that it forks, in the order of
 * one count. With glibc only, whose own allocator is reachable under second names.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static atomic_long alone;           /* before the shared count is there */
static atomic_long *count = &alone; /* shared by all forked processes */
static long fail_at;
static int onwards, hangs, started;
static pid_t first_process;
static atomic_long blocks;

static void *map(void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
  return (void *)syscall(SYS_mmap, address, size, protection, flags, descriptor, offset);
}

__attribute__((constructor)) static void start(void) {
  const char *at = getenv("FAIL_AT"), *on = getenv("FAIL_ONWARDS");
  fail_at = at ? atol(at) : 0;
  onwards = on && *on == '1';
  hangs = getenv("FAIL_HANGS") != NULL;
  void *shared = map(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared != MAP_FAILED) count = shared;
  first_process = getpid();
  started = 1;
}

long fail_at_request(long n);
long fail_at_request(long n) {
  fail_at = n;
  return atomic_exchange(count, 0);
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("FAIL_COUNT");
  int descriptor = path && getpid() == first_process ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
  if (descriptor < 0) return;
  char text[32];
  int length = snprintf(text, sizeof text, "%ld\n", atomic_load(count));
  ssize_t written = write(descriptor, text, (size_t)length);
  (void)written;
  close(descriptor);
}

/* OpenBLAS and its libgfortran cannot be refused anything: the one asks again for ever, the other calls itself without
 * end. The program sees to it that there is room before it lets them ask (backends/cpu/blas.c), which would mean
 * nothing if the answer changed in between. */
static int must_be_granted(const void *caller) {
  Dl_info module;
  return dladdr(caller, &module) && module.dli_fname &&
         (strstr(module.dli_fname, "libgfortran") || strstr(module.dli_fname, "libopenblas"));
}

static int refused(const void *caller) {
  if (!started) return 0;
  long now = atomic_fetch_add(count, 1) + 1;
  if (fail_at <= 0 || (onwards ? now < fail_at : now != fail_at) || must_be_granted(caller)) return 0;
  while (hangs) continue;
  errno = ENOMEM;
  return 1;
}

long blocks_in_use(void);
long blocks_in_use(void) { return atomic_load(&blocks); }

static void *counted(void *memory) {
  if (memory) atomic_fetch_add(&blocks, 1);
  return memory;
}

void *malloc(size_t size) { return refused(__builtin_return_address(0)) ? NULL : counted(__libc_malloc(size)); }

void *calloc(size_t items, size_t size) {
  return refused(__builtin_return_address(0)) ? NULL : counted(__libc_calloc(items, size));
}

void *realloc(void *memory, size_t size) {
  if (refused(__builtin_return_address(0))) return NULL;
  void *moved = __libc_realloc(memory, size);
  if (!memory) return counted(moved);
  if (!moved && size == 0) atomic_fetch_sub(&blocks, 1);
  return moved;
}

void *memalign(size_t alignment, size_t size) {
  return refused(__builtin_return_address(0)) ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
  return refused(__builtin_return_address(0)) ? NULL : counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = refused(__builtin_return_address(0)) ? NULL : counted(__libc_memalign(alignment, size));
  return *memory ? 0 : ENOMEM;
}

void free(void *memory) {
  if (memory) atomic_fetch_sub(&blocks, 1);
  __libc_free(memory);
}

void *mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
  return refused(__builtin_return_address(0)) ? MAP_FAILED : map(address, size, protection, flags, descriptor, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
  return refused(__builtin_return_address(0)) ? MAP_FAILED : map(address, size, protection, flags, descriptor, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  static int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (refused(__builtin_return_address(0))) return EAGAIN;
  if (!create) *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
  return create(thread, attributes, body, argument);
}
