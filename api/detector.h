/* An opened detector as the files of this folder see it. */
#ifndef SN_API_DETECTOR_H
#define SN_API_DETECTOR_H

#include <pthread.h>

#include "anomaly/scorer.h"
#include "api/compute.h"
#include "simplenet.h"

enum { SN_API_MAX_BATCH = 1024 };

typedef struct SnWorkspace SnWorkspace;

struct SnDetector {
  SnCompute compute;
  SnScope *scope; /* holds the model */
  SnModel *model;
  SnScorer *scorer; /* of `batch` photographs */
  int batch;
  char *threshold_text;
  pthread_mutex_t mutex; /* of the scorer: one batch at a time */
  pthread_mutex_t workspaces_mutex;
  SnWorkspace *workspaces; /* of all threads that have used it */
};

/* What a thread needs to look at photographs: a batch of them as the network sees them, and its last maps. */
struct SnWorkspace {
  SnWorkspace *next;
  pthread_t thread;
  float *input; /* [batch, 3, height, width] of the crop */
  float *maps;  /* [capacity, height, width] */
  int64_t capacity;
};

/* The calling thread's, with room for so many maps; NULL on failure. */
SnWorkspace *sn_detector_workspace(SnDetector *detector, int64_t maps);
void sn_workspaces_free(SnWorkspace *workspaces);

#endif
