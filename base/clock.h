#ifndef SN_BASE_CLOCK_H
#define SN_BASE_CLOCK_H

/* Seconds of a clock that never goes back; only differences mean something. */
double sn_seconds(void);

#endif
