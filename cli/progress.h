/* Progress of long work on stderr: a bar with the time left on a terminal, a plain line now and then in a log. */
#ifndef SN_CLI_PROGRESS_H
#define SN_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/interrupt.h"

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

#endif
