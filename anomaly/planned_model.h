#ifndef SN_ANOMALY_PLANNED_MODEL_H
#define SN_ANOMALY_PLANNED_MODEL_H

#include "anomaly/model.h"
#include "plan/planned.h"

/* A forward of the model, to be planned (plan/planned.h), in the innermost scope. Where this thread's precision is int8
 * the backbone's convolutions will compute in 8 bits; a model without ranges is an error then, unless it is a
 * head without its backbone. */
SnPlanned *sn_model_planned_new(const SnModel *model, SnForward forward, void *context);

#endif
