#define _GNU_SOURCE /* sched_getaffinity */
#include "backends/cpu/pool.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

/* A thread that waits looks without rest for as long as the work took that it has just done, within these limits, and
 * sleeps after that: waiting costs about as much as the work at most, and between two kernels of a plan nobody falls
 * asleep. It never offers its processor (sched_yield): to Linux that means all of its share, 3 milliseconds, for
 * whoever else is there. */
static const double SHORTEST_WATCH = 100e-6, LONGEST_WATCH = 500e-6;

/* The state of a job: its number, whether it may still be entered, and how many workers are inside. A worker that comes
 * late, because it slept or had no processor, finds the job closed, and nobody has waited for it. */
static const uint64_t JOB = (uint64_t)1 << 32, OPEN = (uint64_t)1 << 31, INSIDE = OPEN - 1;

/* A thread's own blocks, which the others take from, too, when they have none left. A cache line each. */
typedef struct Share {
  _Alignas(64) atomic_llong next;
  int64_t end;
} Share;

struct SnPool {
  struct SnPool *next;    /* of all that there are */
  pthread_mutex_t caller; /* held from a job's start to its end, and while threads start or stop */
  atomic_int wanted;      /* threads, 0 until somebody asks */
  int workers;            /* threads besides the caller's that run now */
  atomic_int started;     /* workers that have begun */
  int tried;              /* so many were asked for last: the system may have refused some */
  pthread_t worker[SN_MAX_THREADS - 1];
  bool closed;   /* the process is ending: no threads any more */
  char *scratch; /* what is shared, and then each thread's own */
  size_t scratch_size, scratch_pitch, shared_size;

  _Alignas(64) atomic_ullong state;
  pthread_mutex_t mutex; /* for those who sleep */
  pthread_cond_t posted, finished;
  atomic_int sleepers;       /* workers that wait for `posted` */
  atomic_bool caller_sleeps; /* until `finished` */
  atomic_bool stopping;
  SnBlock body;
  void *context;
  int shares;
  Share share_of[SN_MAX_THREADS];
};

static SnPool shared_pool = {.caller = PTHREAD_MUTEX_INITIALIZER,
                             .mutex = PTHREAD_MUTEX_INITIALIZER,
                             .posted = PTHREAD_COND_INITIALIZER,
                             .finished = PTHREAD_COND_INITIALIZER};
static SnPool *pools = &shared_pool; /* all; the mutex is taken before any pool's */
static pthread_mutex_t pools_mutex = PTHREAD_MUTEX_INITIALIZER;

static _Thread_local SnPool *entered; /* NULL: the shared one */
static _Thread_local bool inside;
static _Thread_local void *scratch, *shared_scratch;

void *sn_scratch(void) { return scratch; }

void *sn_shared_scratch(void) { return shared_scratch; }

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/* Looks until there is something to see, at most for so long. */
static bool watch(SnPool *pool, bool (*seen)(SnPool *, uint64_t), uint64_t argument, double seconds) {
  double end = sn_seconds() + fmin(fmax(seconds, SHORTEST_WATCH), LONGEST_WATCH);
  do
    for (int i = 0; i < 20; i++) {
      if (seen(pool, argument)) return true;
      relax();
    }
  while (sn_seconds() < end);
  return false;
}

static void share_out(SnPool *pool, int64_t blocks, int count) {
  pool->shares = count;
  for (int i = 0; i < count; i++) {
    atomic_store(&pool->share_of[i].next, blocks * i / count);
    pool->share_of[i].end = blocks * (i + 1) / count;
  }
}

static void run_shares(SnPool *pool, int index) {
  shared_scratch = pool->scratch;
  scratch = pool->scratch ? pool->scratch + pool->shared_size + (size_t)index * pool->scratch_pitch : NULL;
  for (int i = 0; i < pool->shares; i++) {
    Share *share = &pool->share_of[(index + i) % pool->shares];
    for (int64_t block; (block = atomic_fetch_add(&share->next, 1)) < share->end;) pool->body(pool->context, block);
  }
}

static bool is_posted(SnPool *pool, uint64_t number) { return atomic_load(&pool->state) / JOB != number; }

static bool is_finished(SnPool *pool, uint64_t unused) {
  (void)unused;
  return (atomic_load(&pool->state) & INSIDE) == 0;
}

/* Returns the number of the newest job, and whether it was still open and has been entered. */
static bool enter(SnPool *pool, uint64_t *number) {
  unsigned long long state = atomic_load(&pool->state);
  while (state & OPEN && !atomic_compare_exchange_weak(&pool->state, &state, state + 1)) continue;
  *number = state / JOB;
  return state & OPEN;
}

static void leave(SnPool *pool) {
  if ((atomic_fetch_sub(&pool->state, 1) & (OPEN | INSIDE)) != 1 || !atomic_load(&pool->caller_sleeps)) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_signal(&pool->finished);
  pthread_mutex_unlock(&pool->mutex);
}

static void sleep_until_posted(SnPool *pool, uint64_t number) {
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleepers, 1);
  while (!is_posted(pool, number)) pthread_cond_wait(&pool->posted, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
}

/* Which of the pool's threads this is, it finds by itself. */
static void *work(void *argument) {
  SnPool *pool = argument;
  int index = atomic_fetch_add(&pool->started, 1) + 1;
  entered = pool;
  inside = true;
  double seconds = 0;
  for (uint64_t number = 0;;) {
    if (!watch(pool, is_posted, number, seconds)) sleep_until_posted(pool, number);
    if (atomic_load(&pool->stopping)) return NULL;
    if (!enter(pool, &number)) continue;
    double start = sn_seconds();
    run_shares(pool, index);
    leave(pool);
    seconds = sn_seconds() - start;
  }
}

/* Only while the state is closed and nobody is inside. */
static void post(SnPool *pool, uint64_t open) {
  atomic_store(&pool->state, (atomic_load(&pool->state) / JOB + 1) * JOB | open);
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->posted);
  pthread_mutex_unlock(&pool->mutex);
}

/* Waits for the workers that are inside, after work of one's own that took so long. */
static void finish(SnPool *pool, double seconds) {
  atomic_fetch_and(&pool->state, ~OPEN);
  if (is_finished(pool, 0) || watch(pool, is_finished, 0, seconds)) return;
  pthread_mutex_lock(&pool->mutex);
  atomic_store(&pool->caller_sleeps, true);
  while (!is_finished(pool, 0)) pthread_cond_wait(&pool->finished, &pool->mutex);
  atomic_store(&pool->caller_sleeps, false);
  pthread_mutex_unlock(&pool->mutex);
}

static void stop_workers(SnPool *pool) {
  if (pool->workers == 0) return;
  atomic_store(&pool->stopping, true);
  post(pool, 0);
  for (int i = 0; i < pool->workers; i++) pthread_join(pool->worker[i], NULL);
  pool->workers = 0;
  atomic_store(&pool->started, 0);
  atomic_store(&pool->stopping, false);
  atomic_store(&pool->state, 0);
}

static int available_processors(void) {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
  return count < 1 ? 1 : count > SN_MAX_THREADS ? SN_MAX_THREADS : count;
}

static int threads_of(SnPool *pool) {
  int wanted = atomic_load(&pool->wanted);
  if (wanted > 0) return wanted;
  wanted = available_processors();
  atomic_store(&pool->wanted, wanted);
  return wanted;
}

/* With fewer threads than asked for, when the system has no more, everything works as well, only later. */
static void start_workers(SnPool *pool) {
  int wanted = threads_of(pool) - 1;
  if (pool->tried == wanted) return;
  stop_workers(pool);
  pool->tried = wanted;
  sigset_t all, before; /* signals are for the program's own threads */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (pool->workers < wanted && pthread_create(&pool->worker[pool->workers], NULL, work, pool) == 0) pool->workers++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void before_fork(void) {
  if (inside) return;
  pthread_mutex_lock(&pools_mutex);
  for (SnPool *pool = pools; pool; pool = pool->next) pthread_mutex_lock(&pool->caller);
}

static void after_fork_in_parent(void) {
  if (inside) return;
  for (SnPool *pool = pools; pool; pool = pool->next) pthread_mutex_unlock(&pool->caller);
  pthread_mutex_unlock(&pools_mutex);
}

static void begin_locks(SnPool *pool) {
  pthread_mutex_init(&pool->caller, NULL);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->posted, NULL);
  pthread_cond_init(&pool->finished, NULL);
}

static void after_fork_in_child(void) {
  pthread_mutex_init(&pools_mutex, NULL);
  for (SnPool *pool = pools; pool; pool = pool->next) {
    begin_locks(pool);
    atomic_store(&pool->state, 0);
    atomic_store(&pool->sleepers, 0);
    atomic_store(&pool->started, 0);
    pool->workers = pool->tried = 0;
  }
}

static void close_pool(SnPool *pool) {
  pthread_mutex_lock(&pool->caller);
  stop_workers(pool);
  free(pool->scratch);
  pool->scratch = NULL;
  pool->scratch_size = 0;
  pool->closed = true;
  pthread_mutex_unlock(&pool->caller);
}

static void close_shared_pool(void) {
  if (!inside) close_pool(&shared_pool);
}

static void prepare_once(void) {
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  atexit(close_shared_pool);
}

static size_t round_up(size_t bytes) { return (bytes + 63) / 64 * 64; }

static bool reserve_scratch(SnPool *pool, size_t bytes, size_t shared) {
  size_t pitch = round_up(bytes) + 64, shares = (size_t)pool->workers + 1; /* 64 more, against equal cache sets */
  size_t size = round_up(shared) + pitch * shares;
  if (size > pool->scratch_size) {
    if (!sn_memory_suffices((int64_t)size, "the working memory of a kernel")) return false;
    free(pool->scratch);
    pool->scratch = aligned_alloc(64, size);
    pool->scratch_size = pool->scratch ? size : 0;
    if (!pool->scratch) return sn_fail_memory("the working memory of a kernel", (int64_t)size);
  }
  pool->scratch_pitch = pitch;
  pool->shared_size = round_up(shared);
  return true;
}

static bool run_alone(int count, const SnPhase *phases, size_t bytes, size_t shared, void *context) {
  void *outer = scratch, *outer_shared = shared_scratch;
  char *own = bytes + shared > 0 ? aligned_alloc(64, round_up(shared) + round_up(bytes)) : NULL;
  if (bytes + shared > 0 && !own)
    return sn_fail_memory("the working memory of a kernel", (int64_t)(round_up(shared) + round_up(bytes)));
  shared_scratch = own;
  scratch = own ? own + round_up(shared) : NULL;
  for (int phase = 0; phase < count; phase++)
    for (int64_t block = 0; block < phases[phase].blocks; block++) phases[phase].body(context, block);
  scratch = outer;
  shared_scratch = outer_shared;
  free(own);
  return true;
}

static void run_phase(SnPool *pool, const SnPhase *phase, void *context) {
  bool with_workers = phase->blocks > 1 && pool->workers > 0;
  pool->body = phase->body;
  pool->context = context;
  share_out(pool, phase->blocks, with_workers ? pool->workers + 1 : 1);
  double start = with_workers ? sn_seconds() : 0;
  if (with_workers) post(pool, OPEN);
  run_shares(pool, 0);
  if (with_workers) finish(pool, sn_seconds() - start);
}

static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static SnPool *pool_in_use(void) { return entered ? entered : &shared_pool; }

bool sn_parallel_phases(int count, const SnPhase *phases, size_t bytes, size_t shared, void *context) {
  SnPool *pool = pool_in_use();
  int64_t blocks = 0;
  for (int phase = 0; phase < count; phase++) blocks = phases[phase].blocks > blocks ? phases[phase].blocks : blocks;
  if (blocks <= 0) return true;
  if (bytes > SIZE_MAX / SN_MAX_THREADS / 4 || shared > SIZE_MAX / 4)
    return sn_fail("the working memory of a kernel is too large: %zu bytes for each thread and %zu for all", bytes,
                   shared);
  if (inside || (blocks == 1 && bytes + shared == 0)) return run_alone(count, phases, bytes, shared, context);
  pthread_once(&prepared, prepare_once);
  pthread_mutex_lock(&pool->caller);
  bool closed = pool->closed, ready = false;
  if (!closed) {
    if (blocks > 1) start_workers(pool);
    ready = bytes + shared == 0 || reserve_scratch(pool, bytes, shared);
  }
  if (ready) {
    inside = true;
    for (int phase = 0; phase < count; phase++) run_phase(pool, &phases[phase], context);
    scratch = shared_scratch = NULL;
    inside = false;
  }
  pthread_mutex_unlock(&pool->caller);
  return closed ? run_alone(count, phases, bytes, shared, context) : ready;
}

bool sn_parallel_with_scratch(int64_t blocks, size_t bytes, SnBlock body, void *context) {
  return sn_parallel_phases(1, &(SnPhase){blocks, body}, bytes, 0, context);
}

void sn_parallel(int64_t blocks, SnBlock body, void *context) { sn_parallel_with_scratch(blocks, 0, body, context); }

/* ---- how many threads ---- */

static int limited(int64_t count) { return (int)(count < 1 ? 1 : count > SN_MAX_THREADS ? SN_MAX_THREADS : count); }

void sn_pool_set_threads(int count) { atomic_store(&pool_in_use()->wanted, limited(count)); }

int sn_pool_threads(void) { return threads_of(pool_in_use()); }

/* ---- pools of one's own ---- */

SnPool *sn_pool_new(int threads) {
  pthread_once(&prepared, prepare_once);
  SnPool *pool = aligned_alloc(64, round_up(sizeof *pool));
  if (!pool) {
    sn_fail_memory("a pool of threads", (int64_t)sizeof *pool);
    return NULL;
  }
  memset(pool, 0, sizeof *pool);
  begin_locks(pool);
  atomic_store(&pool->wanted, threads > 0 ? limited(threads) : available_processors());
  pthread_mutex_lock(&pools_mutex);
  pool->next = pools;
  pools = pool;
  pthread_mutex_unlock(&pools_mutex);
  return pool;
}

void sn_pool_free(SnPool *pool) {
  if (!pool) return;
  pthread_mutex_lock(&pools_mutex);
  SnPool **place = &pools;
  while (*place != pool) place = &(*place)->next;
  *place = pool->next;
  pthread_mutex_unlock(&pools_mutex);
  close_pool(pool);
  pthread_mutex_destroy(&pool->caller);
  pthread_mutex_destroy(&pool->mutex);
  pthread_cond_destroy(&pool->posted);
  pthread_cond_destroy(&pool->finished);
  free(pool);
}

SnPool *sn_pool_enter(SnPool *pool) {
  SnPool *before = entered;
  entered = pool;
  return before;
}
