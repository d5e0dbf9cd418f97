/* Counted memory on a backend. Freed memory is kept for the next request of its size class, so that a training step
 * after the first allocates nothing. Safe to use from several threads. */
#ifndef SN_TENSOR_STORAGE_H
#define SN_TENSOR_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend.h"

typedef struct SnStorage SnStorage;

/* Uninitialised memory with one reference. NULL and an error when there is none. */
SnStorage *sn_storage_new(const SnBackend *backend, size_t bytes);

/* How much memory large storages may take together, the rest being in temporary files (base/temporary_memory.h). The
 * caller owns it, and it must outlive the storages that are made with it: in one scope, make it before them. */
typedef struct SnLargeMemory {
  double limit;  /* bytes */
  int64_t bytes; /* in use now, temporary files aside; 0 at first, then counted by tensor/storage.c */
} SnLargeMemory;

/* The same for what may be more than the machine's memory: a storage that does not fit in `large` beside the others is
 * in a temporary file. large NULL, or a backend whose memory the host cannot use: always in memory. */
SnStorage *sn_storage_new_large(const SnBackend *backend, size_t bytes, SnLargeMemory *large);
int64_t sn_storage_file_bytes(void); /* in temporary files now */

SnStorage *sn_storage_retain(SnStorage *storage);
void sn_storage_release(SnStorage *storage); /* NULL is allowed */

void *sn_storage_data(const SnStorage *storage);
size_t sn_storage_size(const SnStorage *storage); /* bytes asked for */
const SnBackend *sn_storage_backend(const SnStorage *storage);
/* Only one reference exists, so nobody else would see a change. */
bool sn_storage_is_unshared(const SnStorage *storage);

/* Memory of its own for what is recorded (backend.h): what this thread makes between enter and leave comes from the
 * pool, is reused in it, and stays there until the pool is freed; so whatever else is made meanwhile, a recording
 * writes into nobody else's memory. Pools do not nest. */
typedef struct SnStoragePool SnStoragePool;

SnStoragePool *sn_storage_pool_new(void); /* NULL and an error when memory is short */
void sn_storage_pool_enter(SnStoragePool *pool);
void sn_storage_pool_leave(void);
/* Gives what it keeps back to its backend. What is still in use goes the way of all storage later. NULL is allowed. */
void sn_storage_pool_free(SnStoragePool *pool);

/* Whether what this thread makes from now on is seldom written to, as while a forward is traced: then it is not asked
 * whether the machine has so much. */
void sn_storage_promise(bool promise);

/* Gives all memory that is kept for reuse back to its backend; pools keep theirs. */
void sn_storage_trim(void);

/* Bytes in use and at most in use so far, over all backends, without temporary files; for tests and reports. */
int64_t sn_storage_bytes(void);
int64_t sn_storage_peak_bytes(void);
/* Requests that had to go to a backend because no kept memory fitted. */
int64_t sn_storage_backend_requests(void);

#endif
