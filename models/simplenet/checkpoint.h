/* The state of an interrupted run as a safetensors file: weights, moments, the step within the epoch (from which order
 * and noise follow), the best epoch so far, and the rows of the table. A run that goes on from it ends as one that was
 * never interrupted. */
#ifndef SN_MODELS_SIMPLENET_CHECKPOINT_H
#define SN_MODELS_SIMPLENET_CHECKPOINT_H

#include "models/simplenet/run.h"

/* Completely or not at all. */
bool sn_checkpoint_write(const SnRun *run, const char *path);

/* Into a new run of the same settings, training images and backbone weights; an error tells what differs. */
bool sn_checkpoint_read(SnRun *run, const char *path);

/* The same from what the file holds; path names it in messages. */
bool sn_checkpoint_read_from(SnRun *run, const SnStateDict *dict, const char *path);

#endif
