#include "base/clock.h"

#include <time.h>

double sn_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

const char *sn_date_text(char text[SN_DATE_TEXT]) {
  time_t seconds = time(NULL);
  struct tm date;
  *text = '\0';
  if (gmtime_r(&seconds, &date)) strftime(text, SN_DATE_TEXT, "%Y-%m-%dT%H:%M:%SZ", &date);
  return text;
}
