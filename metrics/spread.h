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

/* "98.12 ± 0.34", with so many decimals and a space that breaks no line after the sign; "98.12" of one value, "n/a" of
 * none. */
enum { SN_SPREAD_TEXT = 40 };
const char *sn_spread_text(SnSpread spread, int decimals, char text[SN_SPREAD_TEXT]);

#endif
