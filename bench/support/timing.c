#include "bench/support/timing.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

enum { FEWEST = 5, ENOUGH = 20, MAX = 200 };

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double processor_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, by_value);
  return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

bool sn_time(SnTimedWork work, void *context, double seconds, SnTiming *timing) {
  double times[MAX], processor[MAX], spent = 0;
  if (!work(context) || !work(context)) return false;
  int runs = 0;
  while (runs < MAX && (runs < FEWEST || spent < seconds || (runs < ENOUGH && spent < 10 * seconds))) {
    double start = sn_seconds(), processor_start = processor_seconds();
    if (!work(context)) return false;
    times[runs] = sn_seconds() - start;
    processor[runs] = processor_seconds() - processor_start;
    spent += times[runs++];
  }
  *timing = (SnTiming){.runs = runs, .median = median(times, runs), .processor = median(processor, runs)};
  timing->best = times[0]; /* median sorts */
  return true;
}
