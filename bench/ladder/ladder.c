/* Times one 3x3 convolution by each rung of the ladder:
 *
 *     build/bench/ladder/ladder RUNG|all [THREADS [CHANNELS [SIZE]]] [--draw FILE.png]
 *
 * prints GFLOP/s counted in the direct convolution's multiplications and additions (Winograd's algorithms do fewer, and
 * can exceed the limit), what a loop of multiply-adds in registers reaches on as many threads, and how far results are
 * from rung 1's. 64 channels into 64, 56 x 56 and one thread where nothing else is said.
 *
 * SIMPLENET_CPU=avx2 and SIMPLENET_CPU=portable do without newer instructions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/number.h"
#include "bench/ladder/ladder.h"
#include "bench/support/peak.h"

enum { MOST_RUNGS = 16, LEAST_RUNS = 3, MOST_RUNS = 200 };
static const double budget = 0.5; /* seconds for a rung */

/* On one thread its processor time: what other programs take does not count. */
static double now(int threads) {
  struct timespec time;
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* GFLOP/s of multiply-adds in registers: on one thread, or on all that a rung works on; measured once each. */
static double limit_of(int threads) {
  static double one, all;
  double *limit = threads == 1 ? &one : &all;
  if (*limit == 0) *limit = sn_peak_flops(threads) / 1e9;
  return *limit;
}

/* The best time of many, in seconds; 0: memory was refused. */
static double best_time(const Rung *rung, Problem *p) {
  double best = 0, start = now(p->threads);
  ladder_forget(p);
  if (!rung->convolve(p)) return 0;
  for (int run = 0; run < MOST_RUNS && (run < LEAST_RUNS || now(p->threads) - start < budget); run++) {
    double before = now(p->threads);
    if (!rung->convolve(p)) return 0;
    double seconds = now(p->threads) - before;
    if (run == 0 || seconds < best) best = seconds;
  }
  return best;
}

/* One line of the table, and its bar. */
static bool measure(int number, Problem *p, int threads, const float *right, LadderBar *bar) {
  const Rung *rung = &ladder_rungs[number - 1];
  bool able = !rung->supported || rung->supported();
  p->threads = rung->threaded ? threads : 1;
  double seconds = able ? best_time(rung, p) : 0, limit = limit_of(p->threads);
  if (able && seconds == 0) return false;
  if (!able) fprintf(stderr, "rung %d: this processor does not have the instructions\n", number);
  double flops = 2.0 * LADDER_TAPS * p->images * p->in * p->out * p->height * p->width;
  *bar = (LadderBar){rung->name, able ? flops / seconds / 1e9 : 0, limit};
  printf("%2d  %-24s %7d %9.3f %9.1f %7.0f %6.0f %%   %.0e\n", number, rung->name, p->threads, seconds * 1e3,
         bar->speed, limit, limit > 0 ? 100 * bar->speed / limit : 0, able ? ladder_difference(p, p->y, right) : 0);
  return true;
}

static bool climb(Problem *p, int first, int last, int threads, const char *picture) {
  LadderBar bars[MOST_RUNGS] = {{0}};
  float *kept = p->y, *other = NULL;
  size_t count = (size_t)p->images * (size_t)p->out * (size_t)p->height * (size_t)p->width;
  if (!ladder_seven_loops(p) || !(other = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64))) return false;
  p->y = other;
  printf("%d channels into %d, %d x %d: %.3f GFLOP\n", p->in, p->out, p->height, p->width,
         2e-9 * LADDER_TAPS * p->in * p->out * p->height * p->width);
  printf("    %-24s %7s %9s %9s %7s %8s   error\n", "", "threads", "ms", "GFLOP/s", "limit", "share");
  bool done = true;
  for (int number = first; done && number <= last; number++)
    done = measure(number, p, threads, kept, &bars[number - first]);
  free(kept);
  return done && (!picture || ladder_draw(bars, last - first + 1, picture));
}

static bool read_count(const char *name, int argc, char **argv, int at, int64_t most, int *value) {
  int64_t number = *value;
  if (at < argc && !sn_parse_integer(name, argv[at], 1, most, &number)) return false;
  *value = (int)number;
  return true;
}

int main(int argc, char **argv) {
  const char *picture = NULL;
  if (argc > 2 && strcmp(argv[argc - 2], "--draw") == 0) {
    picture = argv[argc - 1];
    argc -= 2;
  }
  int first = 1, threads = 1, channels = 64, size = 56;
  bool all = argc > 1 && strcmp(argv[1], "all") == 0;
  if (argc < 2 || argc > 5) {
    fprintf(stderr, "usage: ladder RUNG|all [THREADS [CHANNELS [SIZE]]] [--draw FILE.png]\n");
    return 2;
  }
  Problem problem = {0};
  bool done = (all || read_count("RUNG", argc, argv, 1, ladder_rung_count, &first)) &&
              read_count("THREADS", argc, argv, 2, 64, &threads) &&
              read_count("CHANNELS", argc, argv, 3, 1024, &channels) && read_count("SIZE", argc, argv, 4, 512, &size) &&
              ladder_problem_new(&problem, 1, channels, channels, size, size, threads) &&
              climb(&problem, first, all ? ladder_rung_count : first, threads, picture);
  ladder_problem_free(&problem);
  if (!done) fprintf(stderr, "ladder: %s\n", sn_ok() ? "out of memory" : sn_error());
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
