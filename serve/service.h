/* What all parts of a server share. */
#ifndef SN_SERVE_SERVICE_H
#define SN_SERVE_SERVICE_H

#include <stdatomic.h>

#include "serve/metrics.h"
#include "serve/queue.h"
#include "serve/server.h"
#include "serve/visit.h"

typedef struct SnService {
  SnDetector *detector;
  SnServeOptions options;
  double threshold;              /* the detector's; NaN: it has none */
  int64_t map_height, map_width; /* the detector's */
  SnMetrics *metrics;
  SnVisits *visits;
  SnQueue *queue; /* of the visits whose photograph is here */
  atomic_bool stopping;
} SnService;

#endif
