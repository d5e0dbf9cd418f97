#ifndef SN_BASE_CLOCK_H
#define SN_BASE_CLOCK_H

/* Seconds of a clock that never goes back; only differences mean something. */
double sn_seconds(void);

/* The present date and time, "2026-11-30T12:00:00Z". */
enum { SN_DATE_TEXT = 32 };
const char *sn_date_text(char text[SN_DATE_TEXT]);

#endif
