#include "tensor/storage.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/machine.h"
#include "base/memory.h"
#include "base/sanitizer.h"
#include "base/temporary_memory.h"

struct SnStorage {
  atomic_int references;
  const SnBackend *backend;
  void *data;
  size_t bytes, capacity; /* asked for; held: the size class */
  SnStoragePool *pool;    /* NULL: nobody's own */
  SnLargeMemory *large;   /* that it counts in; NULL: in none */
  bool in_file;
  SnStorage *next; /* in the list of kept memory */
};

/* Reuse would hide accesses to freed memory from a sanitizer. */
enum { REUSE_MEMORY = !SN_SANITIZED };

/* Four size classes to each power of two: at most a quarter is lost, and nearby sizes share memory. */
enum { SMALLEST = 256, CLASSES = 4 * 56 };

struct SnStoragePool {
  SnStorage *kept[CLASSES];
  int64_t members; /* storages that are its own, kept or in use */
  bool freed;      /* waits for the members in use */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static SnStorage *kept[CLASSES];
static _Thread_local SnStoragePool *current;
static _Thread_local bool promised;
static int64_t bytes_in_use, peak_bytes, backend_requests;
static int64_t file_bytes;

static int size_class(size_t bytes, size_t *capacity) {
  size_t base = SMALLEST;
  for (int octave = 0; octave < CLASSES / 4; octave++, base *= 2)
    for (int quarter = 0; quarter < 4; quarter++)
      if (bytes <= base + base / 4 * (size_t)quarter) {
        *capacity = base + base / 4 * (size_t)quarter;
        return 4 * octave + quarter;
      }
  return -1;
}

static SnStorage *take_kept(const SnBackend *backend, int class) {
  SnStorage **list = current ? current->kept : kept;
  for (SnStorage **link = &list[class]; *link; link = &(*link)->next)
    if ((*link)->backend == backend) {
      SnStorage *storage = *link;
      *link = storage->next;
      return storage;
    }
  return NULL;
}

static void count_bytes(int64_t change) {
  bytes_in_use += change;
  if (bytes_in_use > peak_bytes) peak_bytes = bytes_in_use;
}

static void change_members(SnStoragePool *pool, int change) {
  pthread_mutex_lock(&mutex);
  pool->members += change;
  pthread_mutex_unlock(&mutex);
}

/* Whether the host has so much; what is kept for reuse is given up before that is denied. */
static bool is_available(const SnBackend *backend, size_t capacity) {
  if (backend->copy_to_host || promised || capacity < SN_LARGE_MEMORY) return true;
  if ((int64_t)capacity > sn_available_memory()) sn_storage_trim();
  return sn_memory_suffices((int64_t)capacity, "a tensor");
}

SnStorage *sn_storage_new(const SnBackend *backend, size_t bytes) {
  if (!sn_ok()) return NULL;
  size_t capacity = 0;
  int class = bytes <= SIZE_MAX / 8 ? size_class(bytes, &capacity) : -1;
  if (class < 0) return sn_fail_null("a tensor of %zu bytes is too large", bytes);
  pthread_mutex_lock(&mutex);
  SnStorage *storage = take_kept(backend, class);
  if (!storage) backend_requests++;
  count_bytes((int64_t)capacity);
  pthread_mutex_unlock(&mutex);
  if (!storage) {
    storage = sn_allocate(1, sizeof *storage, "a storage");
    bool available = storage && is_available(backend, capacity);
    void *data = available ? backend->allocate(capacity) : NULL;
    if (!data) {
      sn_storage_trim();
      data = available ? backend->allocate(capacity) : NULL;
    }
    if (!data) {
      free(storage);
      pthread_mutex_lock(&mutex);
      count_bytes(-(int64_t)capacity);
      pthread_mutex_unlock(&mutex);
      return sn_fail_null("%s: out of memory: %zu bytes were asked for", backend->name, bytes);
    }
    *storage = (SnStorage){.backend = backend, .data = data, .capacity = capacity, .pool = current};
    if (current) change_members(current, 1);
  }
  storage->bytes = bytes;
  storage->next = NULL;
  atomic_store(&storage->references, 1);
  return storage;
}

static int64_t read_counter(const int64_t *counter) {
  pthread_mutex_lock(&mutex);
  int64_t value = *counter;
  pthread_mutex_unlock(&mutex);
  return value;
}

static SnStorage *new_in_file(const SnBackend *backend, size_t bytes) {
  SnStorage *storage = sn_allocate(1, sizeof *storage, "a storage");
  void *data = storage ? sn_temporary_memory_new(bytes) : NULL;
  if (!data) {
    free(storage);
    return NULL;
  }
  *storage = (SnStorage){.backend = backend, .data = data, .bytes = bytes, .capacity = bytes, .in_file = true};
  atomic_store(&storage->references, 1);
  return storage;
}

static void count_large(const SnStorage *storage, int64_t change) {
  pthread_mutex_lock(&mutex);
  *(storage->in_file ? &file_bytes : &storage->large->bytes) += change;
  pthread_mutex_unlock(&mutex);
}

SnStorage *sn_storage_new_large(const SnBackend *backend, size_t bytes, SnLargeMemory *large) {
  if (!large) return sn_storage_new(backend, bytes);
  bool fits = (double)read_counter(&large->bytes) + (double)bytes <= large->limit;
  SnStorage *storage =
      fits || backend->copy_to_host || bytes == 0 ? sn_storage_new(backend, bytes) : new_in_file(backend, bytes);
  if (!storage) return NULL;
  storage->large = large;
  count_large(storage, (int64_t)bytes);
  return storage;
}

SnStorage *sn_storage_retain(SnStorage *storage) {
  atomic_fetch_add(&storage->references, 1);
  return storage;
}

static void destroy(SnStorage *storage) {
  if (storage->in_file)
    sn_temporary_memory_free(storage->data, storage->bytes);
  else
    storage->backend->release(storage->data, storage->capacity);
  free(storage);
}

/* The last member of a freed pool takes the pool with it. Holds the mutex. */
static void leave_pool(SnStorage *storage) {
  SnStoragePool *pool = storage->pool;
  storage->pool = NULL;
  if (--pool->members == 0) free(pool);
}

void sn_storage_release(SnStorage *storage) {
  if (!storage || atomic_fetch_sub(&storage->references, 1) != 1) return;
  if (storage->large) count_large(storage, -(int64_t)storage->bytes);
  storage->large = NULL;
  if (storage->in_file) {
    destroy(storage);
    return;
  }
  size_t capacity;
  int class = size_class(storage->bytes, &capacity);
  pthread_mutex_lock(&mutex);
  count_bytes(-(int64_t)storage->capacity);
  if (storage->pool && storage->pool->freed) leave_pool(storage);
  bool keep = REUSE_MEMORY || storage->pool;
  if (keep) {
    SnStorage **list = storage->pool ? storage->pool->kept : kept;
    storage->next = list[class];
    list[class] = storage;
  }
  pthread_mutex_unlock(&mutex);
  if (!keep) destroy(storage);
}

void *sn_storage_data(const SnStorage *storage) { return storage->data; }
size_t sn_storage_size(const SnStorage *storage) { return storage->bytes; }
const SnBackend *sn_storage_backend(const SnStorage *storage) { return storage->backend; }
bool sn_storage_is_unshared(const SnStorage *storage) { return atomic_load(&storage->references) == 1; }

/* Holds the mutex. */
static void destroy_kept(SnStorage *lists[CLASSES]) {
  for (int class = 0; class < CLASSES; class ++)
    while (lists[class]) {
      SnStorage *storage = lists[class];
      lists[class] = storage->next;
      if (storage->pool) storage->pool->members--;
      destroy(storage);
    }
}

void sn_storage_trim(void) {
  pthread_mutex_lock(&mutex);
  destroy_kept(kept);
  pthread_mutex_unlock(&mutex);
#ifdef __GLIBC__
  malloc_trim(0); /* which free() leaves to the allocator when large memory was freed before */
#endif
}

SnStoragePool *sn_storage_pool_new(void) { return sn_allocate(1, sizeof(SnStoragePool), "a pool of memory"); }

void sn_storage_pool_enter(SnStoragePool *pool) { current = pool; }

void sn_storage_promise(bool promise) { promised = promise; }

void sn_storage_pool_leave(void) { current = NULL; }

void sn_storage_pool_free(SnStoragePool *pool) {
  if (!pool) return;
  pthread_mutex_lock(&mutex);
  destroy_kept(pool->kept);
  pool->freed = true;
  bool empty = pool->members == 0;
  pthread_mutex_unlock(&mutex);
  if (empty) free(pool);
}

int64_t sn_storage_bytes(void) { return read_counter(&bytes_in_use); }
int64_t sn_storage_peak_bytes(void) { return read_counter(&peak_bytes); }
int64_t sn_storage_backend_requests(void) { return read_counter(&backend_requests); }
int64_t sn_storage_file_bytes(void) { return read_counter(&file_bytes); }
