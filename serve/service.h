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
  SnInformation information; /* on the detector */
  SnMetrics *metrics;
  SnVisits *visits;
  SnQueue *queue; /* of the visits whose photograph is here */
  atomic_bool stopping;
} SnService;

#endif
