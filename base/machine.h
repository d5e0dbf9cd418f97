/* What this machine has to offer. */
#ifndef SN_BASE_MACHINE_H
#define SN_BASE_MACHINE_H

#include <stdint.h>

/* Bytes of memory that this process can still take: the least of what Linux calls MemAvailable (elsewhere half of the
 * memory that is built in), what RLIMIT_AS (ulimit -v) leaves of the address space, and what the control groups that
 * the process is in leave, where their cached files count as free. 0 or more; never fails. */
int64_t sn_available_memory(void);

/* Most bytes of memory that this process had at once so far. */
double sn_peak_memory(void);

/* The processor's name as Linux has it, "AMD EPYC 9R14", on one line; "unknown" where it says none. */
enum { SN_PROCESSOR_NAME = 128 };
void sn_processor_name(char name[SN_PROCESSOR_NAME]);

#endif
