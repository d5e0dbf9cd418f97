/* Tracing: a forward's operations written down without computing anything.
 *
 *     SnTrace *trace = sn_trace_begin();
 *     SnTensor *output = ...;                operations are recorded, whether anything needs a gradient or not
 *     sn_trace_end(trace);
 *     for (i ...) trace->records[i] ...
 *     sn_trace_free(trace);
 *
 * Between begin and end kernels do not run in this thread: new tensors have shapes and memory, but no values, and since
 * that memory is never touched a trace costs next to nothing. So reading a tensor on the host (sn_to_host, sn_item,
 * sn_float_data) is an error that names the function. So are a tape, operations of training (SN_OP_TRAINING: batch
 * statistics in BatchNorm, losses), random numbers, optimiser steps, and an operation on a tensor that was written by
 * anything but an operation: a trace could not reproduce them. Filling a new tensor with a constant is allowed.
 */
#ifndef SN_AUTOGRAD_TRACE_H
#define SN_AUTOGRAD_TRACE_H

#include "autograd/record.h"

/* What was traced. */
typedef struct SnTrace {
  const SnRecord *records; /* in the order of the calls; their tensors live as long as the trace */
  int64_t count;           /* of the records */
} SnTrace;

/* One trace at a time in a thread, and none while a tape records. NULL and an error otherwise. */
SnTrace *sn_trace_begin(void);

/* Kernels run again. False while an error is pending, such as one that the traced operations raised. */
bool sn_trace_end(SnTrace *trace);

void sn_trace_free(SnTrace *trace); /* NULL is allowed; ends the trace if need be */

#endif
