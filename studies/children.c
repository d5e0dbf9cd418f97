#include "studies/children.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/interrupt.h"
#include "tensor/scope.h"

enum { STATUS_DONE, STATUS_FAILED, STATUS_STOPPED, MESSAGE_ERROR = -1 };

/* What goes through the pipe. */
typedef struct Packet {
  SnMessage message;
  char error[SN_ERROR_LENGTH]; /* of MESSAGE_ERROR */
} Packet;
_Static_assert(sizeof(Packet) <= PIPE_BUF, "a packet is written and read as a whole");

typedef struct Child {
  pid_t process; /* 0: the slot is free */
  int descriptor;
  int64_t item;
  char error[SN_ERROR_LENGTH];
} Child;

struct SnChildren {
  SnChildWork work;
  void *context;
  int64_t count, jobs, next; /* items; slots; the first item that was not begun */
  int64_t turn;              /* the slot that is listened to first */
  bool told_to_stop;
  Child slots[]; /* [jobs] */
};

static void send_packet(int descriptor, const Packet *packet) {
  ssize_t written = write(descriptor, packet, sizeof *packet);
  if (written < 0 && errno == EPIPE) _exit(STATUS_FAILED);
}

void sn_child_send(int descriptor, const SnMessage *message) {
  Packet packet = {.message = *message};
  send_packet(descriptor, &packet);
}

/* ---- in the child ---- */

/* A child ends with its parent, even when that is killed: a run that is started again must find nobody at work. Where
 * the system does not see to it, the next message does. */
static void end_with(pid_t parent) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid() != parent) _exit(STATUS_FAILED); /* it ended before that */
}

static int work_on(const SnChildren *children, int64_t item, int descriptor) {
  bool done = children->work(children->context, item, descriptor);
  if (sn_ok()) return done ? STATUS_DONE : STATUS_STOPPED;
  Packet packet = {.message = {.kind = MESSAGE_ERROR}};
  snprintf(packet.error, sizeof packet.error, "%s", sn_error());
  send_packet(descriptor, &packet);
  return STATUS_FAILED;
}

/* ---- in the parent ---- */

static bool start(const SnChildren *children, int64_t item, Child *child) {
  int ends[2];
  if (pipe(ends) != 0) return sn_fail("no pipe for a child process: %s", strerror(errno));
  fflush(NULL); /* or the child would write it once more */
  pid_t parent = getpid(), process = fork();
  if (process == 0) {
    end_with(parent);
    close(ends[0]);
    int status = work_on(children, item, ends[1]);
    fflush(NULL);
    _exit(status); /* the parent's exit handlers are not ours */
  }
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    return sn_fail("no child process: %s", strerror(errno));
  }
  *child = (Child){.process = process, .descriptor = ends[0], .item = item};
  return true;
}

static int wait_for(Child *child) {
  int status = 0;
  close(child->descriptor); /* so that it does not wait until it is heard */
  while (waitpid(child->process, &status, 0) < 0 && errno == EINTR) continue;
  child->process = 0;
  return status;
}

static void finish(Child *child, SnChildEvent *event) {
  int status = wait_for(child), code = WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
  event->kind = code == STATUS_DONE ? SN_CHILD_DONE : code == STATUS_STOPPED ? SN_CHILD_STOPPED : SN_CHILD_FAILED;
  snprintf(event->error, sizeof event->error, "%s", child->error[0] ? child->error : "a child process failed");
  if (WIFSIGNALED(status))
    snprintf(event->error, sizeof event->error, "a child process was ended by signal %d%s", WTERMSIG(status),
             WTERMSIG(status) == SIGKILL ? ": the system may be short of memory (--jobs 1 takes less)" : "");
}

/* Reads one message, or meets the end; true when that is an event. */
static bool listen_to(Child *child, SnChildEvent *event) {
  Packet packet;
  ssize_t size = read(child->descriptor, &packet, sizeof packet);
  if (size < 0 && errno == EINTR) return false;
  *event = (SnChildEvent){.kind = SN_CHILD_MESSAGE, .item = child->item};
  if (size != (ssize_t)sizeof packet) {
    finish(child, event);
    return true;
  }
  event->message = packet.message;
  if (packet.message.kind == MESSAGE_ERROR) memcpy(child->error, packet.error, sizeof child->error);
  return packet.message.kind != MESSAGE_ERROR;
}

static bool wait_for_event(SnChildren *children, SnChildEvent *event) {
  struct pollfd polled[SN_MAX_CHILDREN];
  for (int64_t i = 0; i < children->jobs; i++) {
    const Child *child = &children->slots[i];
    polled[i] = (struct pollfd){.fd = child->process > 0 ? child->descriptor : -1, .events = POLLIN};
  }
  if (poll(polled, (nfds_t)children->jobs, 500) <= 0) return false;
  for (int64_t i = 0; i < children->jobs; i++) {
    int64_t slot = (children->turn + i) % children->jobs;
    if (!polled[slot].revents || !listen_to(&children->slots[slot], event)) continue;
    children->turn = slot + 1;
    return true;
  }
  return false;
}

static int64_t busy(const SnChildren *children) {
  int64_t count = 0;
  for (int64_t i = 0; i < children->jobs; i++) count += children->slots[i].process > 0;
  return count;
}

static void stop(SnChildren *children) {
  children->next = children->count;
  for (int64_t i = 0; i < children->jobs && !children->told_to_stop; i++)
    if (children->slots[i].process > 0) kill(children->slots[i].process, SIGTERM);
  children->told_to_stop = true;
}

bool sn_children_next(SnChildren *children, SnChildEvent *event) {
  while (children) {
    if (sn_interrupted() || !sn_ok()) stop(children);
    for (int64_t i = 0; i < children->jobs && children->next < children->count; i++)
      if (children->slots[i].process == 0 && start(children, children->next, &children->slots[i])) children->next++;
    if (busy(children) == 0 && (children->next == children->count || !sn_ok())) return false;
    if (busy(children) > 0 && wait_for_event(children, event)) return true;
  }
  return false;
}

/* For a caller that gave up before all had ended. */
static void release(void *memory) {
  SnChildren *children = memory;
  stop(children);
  for (int64_t i = 0; i < children->jobs; i++)
    if (children->slots[i].process > 0) wait_for(&children->slots[i]);
}

SnChildren *sn_children_new(SnChildWork work, void *context, int64_t count, int64_t jobs) {
  if (jobs > SN_MAX_CHILDREN) jobs = SN_MAX_CHILDREN;
  SnChildren *children = sn_scope_allocate(1, sizeof *children + (size_t)jobs * sizeof(Child), release);
  if (!children) return NULL;
  children->work = work;
  children->context = context;
  children->count = count;
  children->jobs = jobs;
  return children;
}
