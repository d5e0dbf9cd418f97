/* Progress of long work on stderr: a bar with the time left on a terminal, a plain line now and then in a log. */
#ifndef SN_CLI_PROGRESS_H
#define SN_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

typedef struct SnProgressBar {
  const char *label;  /* "features" */
  double start, last; /* seconds of the monotonic clock */
  int64_t first;      /* done already when the bar began: a resumed run */
  bool terminal, shown;
} SnProgressBar;

SnProgressBar sn_progress_begin(const char *label);

/* Shows done of total, unless that was done a moment ago. */
void sn_progress_show(SnProgressBar *bar, int64_t done, int64_t total);

/* "4 s", "3:05", "2:10:00" */
enum { SN_DURATION_TEXT = 32 };
const char *sn_duration_text(double seconds, char text[SN_DURATION_TEXT]);

/* Clears the bar from the terminal, so that a line can be printed. */
void sn_progress_clear(SnProgressBar *bar);

/* Ctrl-C and SIGTERM: from sn_catch_interrupts on they make sn_interrupted() true, so that a run can end between two
 * pieces of work and keep what it has. When that is not asked for within 20 seconds (something does not return), or when
 * the run has not ended a minute after it was, the signal ends the program after all; a second signal does so at once.
 * Files are written beside their places, so that is no loss but of the time since the last checkpoint. */
void sn_catch_interrupts(void);
bool sn_interrupted(void);

#endif
