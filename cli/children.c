#include "cli/children.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/error.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/terminal.h"

typedef struct Child {
  pid_t process; /* 0: the place is free */
  int descriptor;
  int64_t item;
} Child;

void sn_child_send(int descriptor, const SnMessage *message) {
  ssize_t written = write(descriptor, message, sizeof *message); /* within PIPE_BUF: whole or not at all */
  if (written < 0 && errno == EPIPE) _exit(SN_EXIT_FAILURE);
}

/* A child ends with its parent, even when that is killed: a run that is started again must find nobody at work. Where
 * the system does not see to it, the next message does. */
static void end_with(pid_t parent) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid() != parent) _exit(SN_EXIT_FAILURE); /* it ended before that */
}

static bool start(const SnChildren *children, int64_t item, Child *child) {
  int ends[2];
  if (pipe(ends) != 0) return sn_fail("no pipe for a child process: %s", strerror(errno));
  sn_terminal_flush();
  pid_t parent = getpid(), process = fork();
  if (process == 0) {
    end_with(parent);
    close(ends[0]);
    int status = children->work(children->context, item, ends[1]);
    sn_terminal_flush();
    _exit(status); /* the parent's buffers and exit handlers are not ours */
  }
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    return sn_fail("no child process: %s", strerror(errno));
  }
  *child = (Child){process, ends[0], item};
  return true;
}

static void finish(const SnChildren *children, Child *child) {
  int status = 0;
  while (waitpid(child->process, &status, 0) < 0 && errno == EINTR) continue;
  close(child->descriptor);
  child->process = 0;
  if (WIFSIGNALED(status))
    sn_message("simplenet: a child process was ended by signal %d%s\n", WTERMSIG(status),
               WTERMSIG(status) == SIGKILL ? ": the system may be short of memory (--jobs 1 takes less)" : "");
  children->ended(children->context, child->item, WIFEXITED(status) ? WEXITSTATUS(status) : SN_EXIT_FAILURE);
}

/* Reads one message, or meets the end. */
static void listen_to(const SnChildren *children, Child *child) {
  SnMessage message;
  ssize_t size = read(child->descriptor, &message, sizeof message);
  if (size == (ssize_t)sizeof message)
    children->heard(children->context, child->item, &message);
  else if (size >= 0 || errno != EINTR)
    finish(children, child);
}

static int64_t busy(const Child *places, int64_t jobs) {
  int64_t count = 0;
  for (int64_t i = 0; i < jobs; i++) count += places[i].process > 0;
  return count;
}

static void wait_for_news(const SnChildren *children, Child *places, struct pollfd *polled, int64_t jobs) {
  for (int64_t i = 0; i < jobs; i++)
    polled[i] = (struct pollfd){.fd = places[i].process > 0 ? places[i].descriptor : -1, .events = POLLIN};
  if (poll(polled, (nfds_t)jobs, 500) <= 0) return;
  for (int64_t i = 0; i < jobs; i++)
    if (polled[i].revents) listen_to(children, &places[i]);
}

bool sn_children_run(const SnChildren *children, int64_t count, int64_t jobs) {
  Child *places = sn_allocate(jobs, sizeof *places, "child processes");
  struct pollfd *polled = sn_allocate(jobs, sizeof *polled, "child processes");
  int64_t next = 0;
  bool told = false;
  while (places && polled && (next < count || busy(places, jobs) > 0)) {
    bool stop = sn_interrupted() || !sn_ok();
    if (stop) next = count;
    for (int64_t i = 0; i < jobs; i++) {
      if (stop && !told && places[i].process > 0) kill(places[i].process, SIGTERM);
      if (next < count && places[i].process == 0 && start(children, next, &places[i])) next++;
    }
    told = told || stop;
    if (busy(places, jobs) > 0) wait_for_news(children, places, polled, jobs);
  }
  free(places);
  free(polled);
  return sn_ok();
}
