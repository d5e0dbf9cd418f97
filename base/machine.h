/* What this machine has to offer. */
#ifndef SN_BASE_MACHINE_H
#define SN_BASE_MACHINE_H

/* Bytes of memory that can be had without pushing anything out (MemAvailable of Linux; elsewhere half of what is there
 * at all). */
double sn_available_memory(void);

/* Most bytes of memory that this process had at once so far. */
double sn_peak_memory(void);

#endif
