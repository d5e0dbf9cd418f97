/* What a detector computes with: device, precision and threads, which hold for a thread only while it works for it. */
#ifndef SN_API_COMPUTE_H
#define SN_API_COMPUTE_H

#include "plan/choices.h"

typedef struct SnCompute {
  const SnBackend *device;
  SnPrecision precision;
  SnPool *pool;             /* NULL: the process's */
  const SnChoices *choices; /* of plans; NULL: the backend's */
} SnCompute;

/* device and precision NULL, threads 0: the defaults, as in SnOptions. False and an error of the kind
 * SN_ERROR_DEVICE, or SN_ERROR_ARGUMENT for the number of threads. */
bool sn_compute_open(SnCompute *compute, const char *device, const char *precision, int threads);

/* Computes in 8 bits from now on, as a detector that was exported so does where no precision is asked for. Nothing on
 * devices that cannot. Between enter and leave. */
void sn_compute_set_int8(SnCompute *compute);

void sn_compute_close(SnCompute *compute);

/* Until sn_compute_leave, which takes what was returned, this thread computes so. A device that keeps its state for the
 * whole process is one thread's at a time. */
SnCompute sn_compute_enter(const SnCompute *compute);
void sn_compute_leave(const SnCompute *compute, const SnCompute *before);

const char *sn_compute_precision_name(const SnCompute *compute);

#endif
