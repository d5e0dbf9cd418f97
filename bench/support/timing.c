#include "bench/support/timing.h"

#include <stdlib.h>

#include "base/clock.h"

enum { FEWEST = 5, ENOUGH = 20, MOST = 200 };

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

bool sn_time(SnTimedWork work, void *context, double seconds, SnTiming *timing) {
  double times[MOST], start = 0, spent = 0;
  if (!work(context) || !work(context)) return false;
  int runs = 0;
  while (runs < MOST && (runs < FEWEST || spent < seconds || (runs < ENOUGH && spent < 10 * seconds))) {
    start = sn_seconds();
    if (!work(context)) return false;
    times[runs] = sn_seconds() - start;
    spent += times[runs++];
  }
  qsort(times, (size_t)runs, sizeof *times, by_value);
  *timing = (SnTiming){runs, (times[(runs - 1) / 2] + times[runs / 2]) / 2, times[0]};
  return true;
}
