#include "tests/fuzz/program/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sanitizer.h"
#include "tests/fuzz/program/tree.h"

/* A run takes a tenth of a second; this is what makes it a hang. */
static const double wall_seconds = SN_SANITIZED ? 120 : 30;

static void open_stream(Stream stream, const char *path, int descriptor) {
  int file = -1;
  close(descriptor);
  if (stream == STREAM_CLOSED) return;
  file = open(stream == STREAM_FULL ? "/dev/full" : path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file != descriptor && (dup2(file, descriptor) < 0 || close(file) != 0)) _exit(127);
}

static void become(const Command *command, const char *out, const char *err) {
  setpgid(0, 0);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || close(nothing) != 0) _exit(127);
  if (chdir(command->folder) != 0) _exit(127);
  open_stream(command->out, out, STDOUT_FILENO);
  open_stream(command->err, err, STDERR_FILENO);
  execv(command->arguments[0], command->arguments);
  _exit(127);
}

/* Waits for the end, sends the signal in time, and kills what hangs. */
static int await(pid_t child, const Command *command, struct rusage *usage, Outcome *outcome) {
  const double begin = sn_seconds();
  bool sent = command->signal_number == 0;
  int status = 0;
  for (pid_t ended = 0; (ended = wait4(child, &status, WNOHANG, usage)) != child;) {
    if (ended < 0 && errno != EINTR) give_up("awaited", command->arguments[0]);
    const double passed = sn_seconds() - begin;
    if (!sent && passed >= command->signal_seconds) {
      kill(child, command->signal_number);
      sent = true;
    }
    if (!outcome->hung && passed > wall_seconds) {
      outcome->hung = true;
      kill(-child, SIGKILL);
    }
    nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
  }
  return status;
}

static double seconds_of(struct timeval time) { return (double)time.tv_sec + 1e-6 * (double)time.tv_usec; }

static SnBytes printed(Stream stream, const char *path) {
  return stream == STREAM_FILE ? read_file(path) : (SnBytes){0};
}

Outcome run_command(const Command *command, const char *notes) {
  char *out = path_of(notes, "stdout"), *err = path_of(notes, "stderr");
  Outcome outcome = {0};
  struct rusage usage = {0};
  pid_t child = fork();
  if (child < 0) give_up("started", command->arguments[0]);
  if (child == 0) become(command, out, err);
  setpgid(child, child); /* whoever is first */
  const int status = await(child, command, &usage, &outcome);
  outcome.children_left = !outcome.hung && kill(-child, SIGKILL) == 0;
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  outcome.processor_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  outcome.memory = (int64_t)usage.ru_maxrss * 1024;
  outcome.out = printed(command->out, out);
  outcome.err = printed(command->err, err);
  free(out);
  free(err);
  return outcome;
}

void outcome_free(Outcome *outcome) {
  sn_bytes_free(&outcome->out);
  sn_bytes_free(&outcome->err);
}
