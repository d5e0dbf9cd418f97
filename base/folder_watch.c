#include "base/folder_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

enum {
  EVENTS = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
  BUFFER = 1 << 16
};

typedef struct Folder {
  int descriptor; /* of its watch */
  char *path;
  bool added; /* since the last sn_folder_watch_keep_added */
} Folder;

struct SnFolderWatch {
  int descriptor, root; /* of inotify, and of the first folder's watch; -1: none */
  Folder *folders;
  int64_t count;
  _Alignas(struct inotify_event) char buffer[BUFFER];
};

SnFolderWatch *sn_folder_watch_open(void) {
  SnFolderWatch *watch = sn_allocate(1, sizeof *watch, "the watch of a folder");
  if (!watch) return NULL;
  watch->root = -1;
  watch->descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (watch->descriptor >= 0) return watch;
  free(watch);
  return sn_fail_null("folders cannot be watched: %s", strerror(errno));
}

void sn_folder_watch_close(SnFolderWatch *watch) {
  if (!watch) return;
  close(watch->descriptor);
  for (int64_t i = 0; i < watch->count; i++) free(watch->folders[i].path);
  free(watch->folders);
  free(watch);
}

static Folder *find(SnFolderWatch *watch, int descriptor) {
  for (int64_t i = 0; i < watch->count; i++)
    if (watch->folders[i].descriptor == descriptor) return &watch->folders[i];
  return NULL;
}

static void forget(SnFolderWatch *watch, Folder *folder) {
  free(folder->path);
  *folder = watch->folders[--watch->count];
}

static bool fail_to_watch(const char *folder, int reason) {
  if (reason == ENOSPC)
    return sn_fail("%s: cannot be watched: the system's limit of watches is reached (fs.inotify.max_user_watches)",
                   folder);
  return sn_fail("%s: cannot be watched: %s", folder, strerror(reason));
}

bool sn_folder_watch_add(SnFolderWatch *watch, const char *folder) {
  if (!sn_ok()) return false;
  int descriptor = inotify_add_watch(watch->descriptor, folder, EVENTS);
  if (descriptor < 0 && watch->root >= 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) return true;
  if (descriptor < 0) return fail_to_watch(folder, errno);
  char *path = sn_copy_text(folder);
  Folder *known = find(watch, descriptor);
  Folder *folders = known ? watch->folders : sn_grow(watch->folders, watch->count, sizeof *folders, "watched folders");
  if (!path || !folders) {
    free(path);
    return false;
  }
  watch->folders = folders;
  if (!known)
    known = &folders[watch->count++];
  else
    free(known->path);
  *known = (Folder){descriptor, path, true};
  if (watch->root < 0) watch->root = descriptor;
  return true;
}

void sn_folder_watch_keep_added(SnFolderWatch *watch) {
  for (int64_t i = watch->count - 1; i >= 0; i--) {
    Folder *folder = &watch->folders[i];
    bool kept = folder->added;
    folder->added = false;
    if (kept) continue;
    inotify_rm_watch(watch->descriptor, folder->descriptor);
    forget(watch, folder);
  }
}

/* What is made is not written yet, but a link has all its contents at once. */
static bool is_link(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0 && (S_ISLNK(status.st_mode) || (S_ISREG(status.st_mode) && status.st_nlink > 1));
}

static bool take_entry(const Folder *folder, const struct inotify_event *event, SnFolderEvents *events) {
  if (event->name[0] == '.') return true;
  if (event->mask & IN_ISDIR) {
    events->must_look_again = true;
    return true;
  }
  char *path = sn_path_join(folder->path, event->name);
  bool arrived = path && (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO) || is_link(path));
  if (arrived && sn_is_directory(path)) /* by a link */
    events->must_look_again = true;
  else if (arrived)
    sn_names_append(&events->arrived, path);
  free(path);
  return sn_ok();
}

static bool take(SnFolderWatch *watch, const struct inotify_event *event, SnFolderEvents *events) {
  Folder *folder = find(watch, event->wd);
  if (event->mask & IN_Q_OVERFLOW) events->must_look_again = true;
  if (!folder) return true; /* or of a watch that has ended */
  bool is_root = event->wd == watch->root;
  if (is_root && event->mask & IN_MOVE_SELF) events->ended = "was moved";
  if (is_root && event->mask & IN_DELETE_SELF) events->ended = "was removed";
  if (is_root && event->mask & IN_UNMOUNT) events->ended = "was unmounted";
  if (!is_root && event->mask & IN_MOVE_SELF) events->must_look_again = true;
  if (event->len > 0) return take_entry(folder, event, events);
  if (event->mask & IN_IGNORED) forget(watch, folder);
  return true;
}

bool sn_folder_watch_read(SnFolderWatch *watch, int milliseconds, SnFolderEvents *events) {
  struct pollfd ready = {.fd = watch->descriptor, .events = POLLIN};
  if (!sn_ok()) return false;
  if (poll(&ready, 1, milliseconds) <= 0) return true;
  ssize_t size = read(watch->descriptor, watch->buffer, sizeof watch->buffer);
  if (size < 0) return errno == EINTR || errno == EAGAIN || sn_fail("folders cannot be watched: %s", strerror(errno));
  for (const char *at = watch->buffer; at < watch->buffer + size && sn_ok();) {
    const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
    take(watch, event, events);
    at += sizeof *event + event->len;
  }
  return sn_ok();
}
