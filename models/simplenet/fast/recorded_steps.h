/* Training steps as recordings (backends/backend.h), on devices that have them: a step is some sixty kernels, which
 * take longer to call than to compute. One step is recorded and then run again and again; which images it takes, which
 * noise and which of Adam's steps it is, the device counts. What steps gave is kept there until it is collected. */
#ifndef SN_MODELS_SIMPLENET_FAST_RECORDED_STEPS_H
#define SN_MODELS_SIMPLENET_FAST_RECORDED_STEPS_H

#include "models/simplenet/training.h"

typedef struct SnRecordedSteps SnRecordedSteps;

/* In the innermost scope, for a training with features. NULL, without an error, where the device has no recordings or
 * the settings' step reads values on the host. */
SnRecordedSteps *sn_recorded_steps_new(SnTraining *training);

/* One step on images order[first … first + count - 1], which is counted; count is `batch`, or less for an epoch's last.
 * The first steps of each count are taken without a recording, which makes the device ready for it. */
bool sn_recorded_steps_run(SnRecordedSteps *steps, int64_t first, int64_t count);

/* Adds what the steps since the last time gave, one after the other. */
bool sn_recorded_steps_collect(SnRecordedSteps *steps, SnTrainingResult *sum);

#endif
