/* Medians of repeated runs. */
#ifndef SN_BENCH_SUPPORT_TIMING_H
#define SN_BENCH_SUPPORT_TIMING_H

#include <stdbool.h>

typedef bool (*SnTimedWork)(void *context); /* false and an error on failure */

typedef struct SnTiming {
  int runs;
  double median, best; /* seconds */
  double processor;    /* median seconds of all processors together: on one thread, the time without other programs */
} SnTiming;

/* Two runs that do not count, then at least 20, and more (at most 200) until `seconds` are spent; where 20 would take
 * over ten times `seconds`, as many as fit into that, but at least 5. */
bool sn_time(SnTimedWork work, void *context, double seconds, SnTiming *timing);

#endif
