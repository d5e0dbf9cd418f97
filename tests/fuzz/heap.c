#include "tests/fuzz/heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/sanitizer.h"

static atomic_int_fast64_t in_use, peak;
static int64_t marked;

static void add(int64_t bytes) {
  const int64_t now = atomic_fetch_add(&in_use, bytes) + bytes;
  int64_t most = atomic_load(&peak);
  while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {
  }
}

#if SN_SANITIZED
/* A sanitizer has an allocator of its own, and calls back. */
#include <sanitizer/allocator_interface.h>

static void allocated(const volatile void *memory, size_t size) {
  if (memory) add((int64_t)size);
}

static void freed(const volatile void *memory) {
  if (memory) add(-(int64_t)__sanitizer_get_allocated_size(memory));
}

static void begin(void) {
  static atomic_flag begun = ATOMIC_FLAG_INIT;
  if (!atomic_flag_test_and_set(&begun)) __sanitizer_install_malloc_and_free_hooks(allocated, freed);
}
#else
/* These take the place of the C library's functions in the whole program, its shared libraries among it. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static int64_t size_of(void *memory) { return (int64_t)malloc_usable_size(memory); }

static void *counted(void *memory) {
  if (memory) add(size_of(memory));
  return memory;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *made = counted(__libc_memalign(alignment, size));
  if (!made) return ENOMEM;
  *memory = made;
  return 0;
}

void *realloc(void *memory, size_t size) {
  const int64_t before = size_of(memory);
  void *moved = __libc_realloc(memory, size);
  if (moved || size == 0) add((moved ? size_of(moved) : 0) - before);
  return moved;
}

void free(void *memory) {
  if (memory) add(-size_of(memory));
  __libc_free(memory);
}

static void begin(void) {}
#endif

void sn_heap_mark(void) {
  begin();
  marked = atomic_load(&in_use);
  atomic_store(&peak, marked);
}

int64_t sn_heap_peak(void) { return atomic_load(&peak) - marked; }
