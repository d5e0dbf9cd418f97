/* A number that was measured several times, once with each seed. */
#ifndef SN_METRICS_SPREAD_H
#define SN_METRICS_SPREAD_H

#include <stdint.h>

typedef struct SnSpread {
  double mean, deviation;
  int64_t count; /* of the values that have one */
} SnSpread;

/* Over the n values that are not NaN:
 *
 *     mean = sum x / n,    deviation = sqrt(sum (x - mean)^2 / (n - 1))
 *
 * the standard deviation of a sample. The mean of no values and the deviation of fewer than two are NaN. */
SnSpread sn_spread_of(const double *values, int64_t count);

#endif
