/* The plan of a detector measured with one algorithm after the other, for `simplenet tune`. */
#ifndef SN_ANOMALY_MEASURED_PLAN_H
#define SN_ANOMALY_MEASURED_PLAN_H

#include "anomaly/model.h"
#include "plan/choices.h"

typedef struct SnMeasuring SnMeasuring;

/* Of `images` at a time, in the innermost scope. The model keeps its weights. */
SnMeasuring *sn_measuring_new(SnModel *model, int64_t images);

/* One plan made and timed; false when all are done, or on failure. */
bool sn_measuring_next(SnMeasuring *measuring);

typedef struct SnMeasuringProgress {
  int64_t done, total;
} SnMeasuringProgress;

SnMeasuringProgress sn_measuring_progress(const SnMeasuring *measuring);

/* What has been measured so far. */
const SnChoices *sn_measuring_choices(const SnMeasuring *measuring);

#endif
