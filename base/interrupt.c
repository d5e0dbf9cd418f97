#include "base/interrupt.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
