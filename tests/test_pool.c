/* The CPU backend's pool of threads. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "tests/support/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/cpu/pool.h"
#include "base/clock.h"
#include "base/error.h"

static void count_block(void *context, int64_t block) { atomic_fetch_add(&((atomic_int *)context)[block], 1); }

static void each_block_runs_once(void **state) {
  (void)state;
  enum { MAX = 1000 };
  for (int threads = 1; threads <= 5; threads++) {
    sn_pool_set_threads(threads);
    assert_int_equal(sn_pool_threads(), threads);
    for (int64_t blocks = 0; blocks <= MAX; blocks = blocks * 3 + 1) {
      atomic_int counts[MAX + 1] = {0};
      sn_parallel(blocks, count_block, counts);
      for (int64_t b = 0; b <= MAX; b++) assert_int_equal(counts[b], b < blocks);
    }
  }
}

/* Block 0 ends when all others have run, or after ten seconds. */
static void wait_for_others(void *context, int64_t block) {
  atomic_int *others = context;
  for (int i = 0; block == 0 && i < 10000 && atomic_load(others) < 9; i++) usleep(1000);
  if (block > 0) atomic_fetch_add(others, 1);
  if (block == 0 && atomic_load(others) < 9) atomic_fetch_add(others, 100);
}

static void blocks_are_taken_over(void **state) {
  (void)state;
  atomic_int others = 0;
  sn_pool_set_threads(2);
  sn_parallel(10, wait_for_others, &others);
  assert_int_equal(others, 9);
}

static void thread_counts_are_limited(void **state) {
  (void)state;
  sn_pool_set_threads(0);
  assert_int_equal(sn_pool_threads(), 1);
  sn_pool_set_threads(1 << 20);
  assert_int_equal(sn_pool_threads(), SN_MAX_THREADS);
  sn_pool_set_threads(2);
}

static void nest(void *context, int64_t block) {
  atomic_int *counts = context;
  sn_parallel(10, count_block, counts + 10 * block);
}

static void nested_jobs_run_in_their_thread(void **state) {
  (void)state;
  atomic_int counts[100] = {0};
  sn_parallel(10, nest, counts);
  for (int i = 0; i < 100; i++) assert_int_equal(counts[i], 1);
}

enum { SCRATCH = 5000 };

static void use_scratch(void *context, int64_t block) {
  unsigned char *memory = sn_scratch();
  atomic_int *wrong = context;
  if ((uintptr_t)memory % 64 != 0) atomic_fetch_add(wrong, 1);
  for (int round = 0; round < 3; round++) {
    memset(memory, (int)(block + round), SCRATCH);
    for (int i = 0; i < SCRATCH; i++)
      if (memory[i] != (unsigned char)(block + round)) atomic_fetch_add(wrong, 1);
  }
}

static void use_nested_scratch(void *context, int64_t block) {
  void *own = sn_scratch();
  (void)block;
  if (!sn_parallel_with_scratch(3, SCRATCH, use_scratch, context)) atomic_fetch_add((atomic_int *)context, 1);
  if (sn_scratch() != own) atomic_fetch_add((atomic_int *)context, 1);
}

static void scratch_belongs_to_one_block(void **state) {
  (void)state;
  for (int threads = 1; threads <= 3; threads++) {
    atomic_int wrong = 0;
    sn_pool_set_threads(threads);
    assert_true(sn_parallel_with_scratch(50, SCRATCH, use_scratch, &wrong));
    assert_true(sn_parallel_with_scratch(1, SCRATCH, use_scratch, &wrong));
    assert_true(sn_parallel_with_scratch(20, SCRATCH, use_nested_scratch, &wrong));
    assert_int_equal(wrong, 0);
    assert_false(sn_parallel_with_scratch(2, SIZE_MAX / 8, use_scratch, &wrong));
    assert_non_null(strstr(sn_error(), "memory"));
    sn_clear_error();
  }
}

enum { PHASE_BLOCKS = 70 };

static void write_number(void *context, int64_t block) {
  (void)context;
  ((int64_t *)sn_shared_scratch())[block] = block * block;
  memset(sn_scratch(), 1, SCRATCH);
}

static void read_numbers(void *context, int64_t block) {
  const int64_t *numbers = sn_shared_scratch();
  (void)block;
  for (int64_t i = 0; i < PHASE_BLOCKS; i++)
    if (numbers[i] != i * i) atomic_fetch_add((atomic_int *)context, 1);
  memset(sn_scratch(), 2, SCRATCH);
}

static void run_phases(void *context, int64_t block) {
  const SnPhase phases[] = {{PHASE_BLOCKS, write_number}, {0, write_number}, {5, read_numbers}};
  (void)block;
  if (!sn_parallel_phases(3, phases, SCRATCH, PHASE_BLOCKS * sizeof(int64_t), context))
    atomic_fetch_add((atomic_int *)context, 1);
}

static void phases_follow_one_another(void **state) {
  (void)state;
  for (int threads = 1; threads <= 4; threads++) {
    atomic_int wrong = 0;
    sn_pool_set_threads(threads);
    for (int i = 0; i < 100; i++) run_phases(&wrong, 0);
    sn_parallel(3, run_phases, &wrong); /* inside a job, each in its thread */
    assert_int_equal(wrong, 0);
  }
  assert_true(sn_parallel_phases(0, NULL, 1, 1, NULL));
  assert_false(sn_parallel_phases(1, &(SnPhase){2, read_numbers}, 1, SIZE_MAX / 2, NULL));
  sn_clear_error();
  sn_pool_set_threads(2);
}

static void *start_jobs(void *argument) {
  atomic_int *counts = argument;
  for (int i = 0; i < 200; i++) sn_parallel(7, count_block, counts);
  return NULL;
}

static void several_threads_start_jobs(void **state) {
  (void)state;
  sn_pool_set_threads(3);
  pthread_t threads[4];
  atomic_int counts[4][7] = {{0}};
  for (int t = 0; t < 4; t++) assert_int_equal(pthread_create(&threads[t], NULL, start_jobs, counts[t]), 0);
  for (int i = 0; i < 20; i++) sn_pool_set_threads(1 + i % 3);
  for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
  for (int t = 0; t < 4; t++)
    for (int b = 0; b < 7; b++) assert_int_equal(counts[t][b], 200);
}

static void a_child_process_has_a_pool(void **state) {
  (void)state;
  sn_pool_set_threads(2);
  atomic_int counts[64] = {0};
  sn_parallel(64, count_block, counts);
  pid_t child = fork();
  if (child == 0) {
    sn_parallel(64, count_block, counts);
    int wrong = 0;
    for (int i = 0; i < 64; i++) wrong += counts[i] != 2;
    _exit(wrong);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  sn_parallel(64, count_block, counts);
  for (int i = 0; i < 64; i++) assert_int_equal(counts[i], 2);
}

static atomic_bool enough;

static void *keep_busy(void *unused) {
  while (!atomic_load(&enough)) continue;
  return unused;
}

static double seconds_of_jobs(int threads) {
  atomic_int counts[4] = {0};
  sn_pool_set_threads(threads);
  double start = sn_seconds();
  for (int i = 0; i < 2000; i++) sn_parallel(4, count_block, counts);
  for (int b = 0; b < 4; b++) assert_int_equal(counts[b], 2000);
  return sn_seconds() - start;
}

/* On a processor that belongs to somebody else for milliseconds at a time. If each job waited for the worker's turn
 * there, or offered its own, 2000 of them would take seconds. */
static void nobody_waits_for_a_worker_without_a_processor(void **state) {
  (void)state;
  cpu_set_t before, one;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
    if (CPU_ISSET(i, &before)) CPU_SET(i, &one);
  sn_pool_set_threads(1);
  sn_parallel(2, count_block, (atomic_int[2]){0}); /* ends the threads, so that new ones begin on that processor */
  assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
  pthread_t busy;
  assert_int_equal(pthread_create(&busy, NULL, keep_busy, NULL), 0);
  double alone = seconds_of_jobs(1), shared = seconds_of_jobs(2);
  atomic_store(&enough, true);
  pthread_join(busy, NULL);
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
  print_message("2000 jobs: %.3f s alone, %.3f s with a worker\n", alone, shared);
  assert_true(shared < 10 * alone + 1);
}

/* ---- pools of one's own ---- */

typedef struct Meeting {
  atomic_int *here, *there;
} Meeting;

/* Ends when a block of the other pool's job has begun, or after ten seconds. */
static void meet(void *context, int64_t block) {
  Meeting *meeting = context;
  if (block > 0) return;
  atomic_fetch_add(meeting->here, 1);
  for (int i = 0; i < 10000 && atomic_load(meeting->there) == 0; i++) usleep(1000);
}

static void *meet_in_a_pool(void *context) {
  SnPool *pool = sn_pool_new(2);
  assert_null(sn_pool_enter(pool));
  sn_parallel(2, meet, context);
  assert_ptr_equal(sn_pool_enter(NULL), pool);
  sn_pool_free(pool);
  return NULL;
}

/* In one pool the second job would begin when the first has waited in vain. */
static void jobs_of_two_pools_run_at_once(void **state) {
  (void)state;
  atomic_int a = 0, b = 0;
  Meeting meetings[2] = {{&a, &b}, {&b, &a}};
  pthread_t other;
  double start = sn_seconds();
  assert_int_equal(pthread_create(&other, NULL, meet_in_a_pool, &meetings[0]), 0);
  meet_in_a_pool(&meetings[1]);
  pthread_join(other, NULL);
  assert_true(sn_seconds() - start < 9);
}

static void a_pool_of_ones_own_has_its_own_threads(void **state) {
  (void)state;
  sn_pool_set_threads(2);
  SnPool *pool = sn_pool_new(3), *usual = sn_pool_enter(pool);
  assert_null(usual);
  assert_int_equal(sn_pool_threads(), 3);
  sn_pool_set_threads(4);
  assert_int_equal(sn_pool_threads(), 4);
  atomic_int counts[100] = {0};
  sn_parallel(100, count_block, counts);
  for (int b = 0; b < 100; b++) assert_int_equal(counts[b], 1);
  sn_pool_enter(NULL);
  assert_int_equal(sn_pool_threads(), 2);
  sn_pool_enter(pool);
  pid_t child = fork();
  if (child == 0) { /* which has none of its threads, and begins some */
    sn_parallel(100, count_block, counts);
    bool right = true;
    for (int b = 0; b < 100; b++) right = right && counts[b] == 2;
    _exit(right ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  sn_pool_enter(NULL);
  sn_pool_free(pool);
  sn_pool_free(NULL);
  SnPool *all = sn_pool_new(0);
  sn_pool_enter(all);
  assert_true(sn_pool_threads() >= 1);
  sn_pool_enter(NULL);
  sn_pool_free(all);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_block_runs_once),
      cmocka_unit_test(blocks_are_taken_over),
      cmocka_unit_test(thread_counts_are_limited),
      cmocka_unit_test(nested_jobs_run_in_their_thread),
      cmocka_unit_test(scratch_belongs_to_one_block),
      cmocka_unit_test(phases_follow_one_another),
      cmocka_unit_test(several_threads_start_jobs),
      cmocka_unit_test(a_child_process_has_a_pool),
      cmocka_unit_test(nobody_waits_for_a_worker_without_a_processor),
      cmocka_unit_test(jobs_of_two_pools_run_at_once),
      cmocka_unit_test(a_pool_of_ones_own_has_its_own_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
