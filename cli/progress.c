#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/terminal.h"

enum { BAR_WIDTH = 30 };

SnProgressBar sn_progress_begin(const char *label) {
  double now = sn_seconds();
  return (SnProgressBar){
      .label = label, .start = now, .last = now, .first = -1, .terminal = sn_terminal_is_interactive()};
}

const char *sn_duration_text(double seconds, char text[SN_DURATION_TEXT]) {
  int64_t whole = (int64_t)(seconds + 0.5);
  if (whole < 60)
    snprintf(text, SN_DURATION_TEXT, "%" PRId64 " s", whole);
  else if (whole < 3600)
    snprintf(text, SN_DURATION_TEXT, "%" PRId64 ":%02" PRId64, whole / 60, whole % 60);
  else
    snprintf(text, SN_DURATION_TEXT, "%" PRId64 ":%02" PRId64 ":%02" PRId64, whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

void sn_progress_show(SnProgressBar *bar, int64_t done, int64_t total) {
  double now = sn_seconds(), pause = bar->terminal ? 0.1 : 20;
  if (bar->first < 0) bar->first = done;
  if (now - bar->last < pause || total <= 0) return;
  bar->last = now;
  char left[SN_DURATION_TEXT] = "?";
  if (done > bar->first)
    sn_duration_text((now - bar->start) / (double)(done - bar->first) * (double)(total - done), left);
  if (!bar->terminal) {
    sn_message("%s: %" PRId64 " of %" PRId64 ", %s left\n", bar->label, done, total, left);
    return;
  }
  int filled = (int)(done * BAR_WIDTH / total);
  char drawn[BAR_WIDTH + 1] = "";
  memset(drawn, '=', (size_t)filled);
  sn_message("\r%s [%-*s] %" PRId64 "/%" PRId64 ", %s left\033[K", bar->label, BAR_WIDTH, drawn, done, total, left);
  bar->shown = true;
}

void sn_progress_clear(SnProgressBar *bar) {
  if (bar->shown) sn_message("\r\033[K");
  bar->shown = false;
}
