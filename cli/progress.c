#include "cli/progress.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* Seconds until a program that was interrupted ends in any case: from the signal until the work in hand is done and
 * sn_interrupted() is asked, and from then on to write what is worth keeping. */
enum { TO_NOTICE = 20, TO_FINISH = 60 };

static volatile sig_atomic_t interrupted; /* the first signal's number */
static struct timespec first_interrupt;

static double seconds_between(struct timespec from, struct timespec to) {
  return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

static void end_by(int signal_number) {
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

/* The second signal ends the program, unless it is an echo of the first: timeout(1) sends each to the process and to
 * its group. */
static void on_signal(int signal_number) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (!interrupted) {
    first_interrupt = now;
    interrupted = signal_number;
    alarm(TO_NOTICE);
  }
  if (seconds_between(first_interrupt, now) > 0.5) end_by(signal_number);
}

static void on_alarm(int signal_number) {
  (void)signal_number;
  if (interrupted) end_by(interrupted);
}

static void handle(int signal_number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  sigaction(signal_number, &action, NULL);
}

void sn_catch_interrupts(void) {
  handle(SIGALRM, on_alarm);
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
}

bool sn_interrupted(void) {
  static volatile sig_atomic_t noticed;
  if (!interrupted) return false;
  if (!noticed) alarm(TO_FINISH);
  noticed = 1;
  return true;
}
