/* A pool of threads, which shares out the blocks of one job at a time: one for the whole process, and others for who
 * wants one of its own.
 *
 * A kernel cuts its work into blocks that depend on shapes only, never on the number of threads; every block writes its
 * own part of the result, and partial sums are kept one a block and added in block order afterwards. So results have
 * the same bits on any number of threads.
 *
 * Jobs may be started by several threads at once: they wait for one another. A job started inside a block runs in that
 * thread alone. After fork() the child starts threads of its own; at exit the threads end and their memory is freed.
 */
#ifndef SN_BACKENDS_CPU_POOL_H
#define SN_BACKENDS_CPU_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend.h"

typedef void (*SnBlock)(void *context, int64_t block);

/* Calls body(context, block) once for each block from 0 to blocks - 1, and returns when all are done. Thread t of T
 * begins with the blocks from blocks t / T to blocks (t + 1) / T, and then takes over what others have not begun: on a
 * processor that other programs use, too, none waits long for another. The body cannot fail. */
void sn_parallel(int64_t blocks, SnBlock body, void *context);

/* The same, with bytes of memory, aligned to 64 and uninitialised, that each block finds by sn_scratch(). False and
 * an error, before any block has run, when there is no such memory. */
bool sn_parallel_with_scratch(int64_t blocks, size_t bytes, SnBlock body, void *context);

void *sn_scratch(void);

typedef struct SnPhase {
  int64_t blocks;
  SnBlock body;
} SnPhase;

/* Several jobs of one context, each begun when all blocks of the one before are done. They have `shared` bytes more,
 * which all blocks of all phases find by sn_shared_scratch(). False and an error as above. */
bool sn_parallel_phases(int count, const SnPhase *phases, size_t bytes, size_t shared, void *context);

void *sn_shared_scratch(void);

/* How many threads share a job, the caller's among them, in the pool that this thread has entered; at first as many as
 * this process may run on at once. Limited to 1 ... SN_MAX_THREADS. Not to be called inside a block. */
enum { SN_MAX_THREADS = 256 };
void sn_pool_set_threads(int count);
int sn_pool_threads(void);

/* Another pool, to be freed when no job runs in it; threads 0: as many as this process may run on at once. NULL and an
 * error when there is no memory for it. */
SnPool *sn_pool_new(int threads);
void sn_pool_free(SnPool *pool); /* NULL is allowed */

/* From now on jobs that this thread starts run in this pool; NULL: the process's. Returns the one before. */
SnPool *sn_pool_enter(SnPool *pool);

#endif
