#include "bench/support/peak.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/clock.h"

enum { SUMS = 12, ROUNDS = 20000, LOOPS = 20, TRIALS = 40, MAX_THREADS = 64 };

#if defined(__x86_64__)
#include <immintrin.h>

/* Volatile, or the compiler would see that all sums are one. */
static volatile float first[SUMS];

/* As many sums as hide the latency of a multiply-add (4 cycles, 2 a cycle), each in a register of its own. */
#define EACH_SUM(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

#define BEGIN_AVX2(i) sum##i = _mm256_set1_ps(first[i]),
#define BEGIN_AVX512(i) sum##i = _mm512_set1_ps(first[i]),
#define STEP_AVX2(i) sum##i = _mm256_fmadd_ps(factor, sum##i, factor);
#define STEP_AVX512(i) sum##i = _mm512_fmadd_ps(factor, sum##i, factor);
#define END_AVX2(i) total = _mm256_add_ps(total, sum##i);
#define END_AVX512(i) total = _mm512_add_ps(total, sum##i);

__attribute__((target("avx2,fma"))) static float loop_avx2(void) {
  __m256 factor = _mm256_set1_ps(0.5f), EACH_SUM(BEGIN_AVX2) total = factor;
  for (int round = 0; round < ROUNDS; round++) {
    EACH_SUM(STEP_AVX2)
  }
  EACH_SUM(END_AVX2)
  return _mm256_cvtss_f32(total);
}

__attribute__((target("avx512f"))) static float loop_avx512(void) {
  __m512 factor = _mm512_set1_ps(0.5f), EACH_SUM(BEGIN_AVX512) total = factor;
  for (int round = 0; round < ROUNDS; round++) {
    EACH_SUM(STEP_AVX512)
  }
  EACH_SUM(END_AVX512)
  return _mm512_cvtss_f32(total);
}

static bool has_avx512(void) { return __builtin_cpu_supports("avx512f"); }
static bool has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#else
static float loop_avx2(void) { return 0; }
static float loop_avx512(void) { return 0; }
static bool has_avx512(void) { return false; }
static bool has_avx2(void) { return false; }
#endif

typedef struct Race {
  pthread_mutex_t gate; /* open once it is known how many threads there are */
  pthread_barrier_t barrier;
} Race;

static void run_loops(void) {
  volatile float kept = 0; /* or the compiler would see that nobody asks */
  for (int i = 0; i < LOOPS; i++) kept = has_avx512() ? loop_avx512() : loop_avx2();
  (void)kept;
}

/* Every trial begins and ends at the barrier. */
static void *take_part(void *context) {
  Race *race = context;
  pthread_mutex_lock(&race->gate);
  pthread_mutex_unlock(&race->gate);
  for (int trial = 0; trial < TRIALS; trial++) {
    pthread_barrier_wait(&race->barrier);
    run_loops();
    pthread_barrier_wait(&race->barrier);
  }
  return NULL;
}

double sn_peak_flops(int threads) {
  Race race = {.gate = PTHREAD_MUTEX_INITIALIZER};
  pthread_t others[MAX_THREADS];
  int lanes = has_avx512() ? 16 : has_avx2() ? 8 : 0, started = 0;
  if (lanes == 0 || threads < 1 || threads > MAX_THREADS) return 0;
  pthread_mutex_lock(&race.gate);
  while (started < threads - 1 && pthread_create(&others[started], NULL, take_part, &race) == 0) started++;
  pthread_barrier_init(&race.barrier, NULL, (unsigned)started + 1);
  pthread_mutex_unlock(&race.gate);
  double best = 0;
  for (int trial = 0; trial < TRIALS; trial++) {
    pthread_barrier_wait(&race.barrier);
    double start = sn_seconds();
    run_loops();
    pthread_barrier_wait(&race.barrier);
    double speed = 2.0 * lanes * SUMS * ROUNDS * LOOPS * threads / (sn_seconds() - start);
    if (speed > best) best = speed;
  }
  for (int i = 0; i < started; i++) pthread_join(others[i], NULL);
  pthread_barrier_destroy(&race.barrier);
  pthread_mutex_destroy(&race.gate);
  return started == threads - 1 ? best : 0;
}

const char *sn_peak_instructions(void) { return has_avx512() ? "AVX-512" : has_avx2() ? "AVX2" : "none"; }
