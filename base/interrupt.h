/* Ctrl-C and SIGTERM. */
#ifndef SN_BASE_INTERRUPT_H
#define SN_BASE_INTERRUPT_H

#include <stdbool.h>

/* From sn_catch_interrupts on these signals make sn_interrupted() true, so that a run can end between two pieces of work
 * and keep what it has. When that is not asked for within 20 seconds (something does not return), or when the run has
 * not ended a minute after it was, the signal ends the program after all; a second signal does so at once. Files are
 * written beside their places, so that is no loss but of the time since the last checkpoint. */
void sn_catch_interrupts(void);
bool sn_interrupted(void);

#endif
