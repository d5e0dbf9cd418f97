#include "base/folder_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

enum { TRIES = 41 };

bool sn_folder_lock(const char *path) {
  static const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
  if (!sn_ok()) return false;
  int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return sn_fail("%s: cannot be opened: %s", path, strerror(errno));
  for (int i = 0; i < TRIES; i++) {
    if (i > 0) nanosleep(&pause, NULL);
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true; /* open as long as the lock is to last */
    if (errno != EWOULDBLOCK && errno != EINTR) break;          /* no locks here */
  }
  bool busy = errno == EWOULDBLOCK;
  close(descriptor);
  return !busy || sn_fail("%s: another run of simplenet is working in this folder", path);
}
