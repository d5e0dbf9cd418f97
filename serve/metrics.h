/* What Prometheus asks for: counters, and how long photographs took. Any thread may count. */
#ifndef SN_SERVE_METRICS_H
#define SN_SERVE_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "simplenet.h"

typedef struct SnMetrics SnMetrics;

/* As answers and metrics have it. */
const char *sn_verdict_name(SnVerdict verdict);

/* To be released with free(); NULL and an error when memory is short. */
SnMetrics *sn_metrics_new(void);

/* One request, with the bytes of its body and of its answer's. */
void sn_metrics_count_answer(SnMetrics *metrics, int status, int64_t received, int64_t sent);

/* One photograph, from the moment it was here whole: seconds until it had a verdict, waiting included. */
void sn_metrics_count_detection(SnMetrics *metrics, const SnDetection *detection, double seconds);

/* What is so now, and not counted here. */
typedef struct SnGauges {
  int64_t connections, in_flight, waiting;
  const char *detector; /* its name */
} SnGauges;

/* All of it in Prometheus' text format, to be released with free(); NULL and an error when memory is short. */
char *sn_metrics_text(SnMetrics *metrics, const SnGauges *gauges);

#endif
