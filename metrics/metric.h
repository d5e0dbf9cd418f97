/* A measured number, or the reason why there is none. */
#ifndef SN_METRICS_METRIC_H
#define SN_METRICS_METRIC_H

#include <math.h>
#include <stddef.h>

typedef struct SnMetric {
  double value;       /* NaN when the data do not determine it */
  const char *reason; /* then one constant sentence: what is missing and what to add; NULL when there is a value */
} SnMetric;

static inline SnMetric sn_metric(double value) { return (SnMetric){value, NULL}; }
static inline SnMetric sn_no_metric(const char *reason) { return (SnMetric){NAN, reason}; }

#endif
