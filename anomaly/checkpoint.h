/* The state of an interrupted run as a safetensors file: what was fitted so far, the method's own state (moments, the
 * step within the epoch), the best epoch so far, and the rows of the table. A run that goes on from it ends as one that
 * was never interrupted. */
#ifndef SN_ANOMALY_CHECKPOINT_H
#define SN_ANOMALY_CHECKPOINT_H

#include "anomaly/run.h"

/* Completely or not at all. */
bool sn_checkpoint_write(SnRun *run, const char *path);

/* Into a run of the same settings, training images and backbone weights, whose fit was just begun; an error names what
 * differs. */
bool sn_checkpoint_read(SnRun *run, const char *path);

/* The same from what the file holds; path names it in messages. */
bool sn_checkpoint_read_from(SnRun *run, const SnStateDict *file, const char *path);

#endif
