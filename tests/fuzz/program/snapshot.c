#include "tests/fuzz/program/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "tests/fuzz/program/tree.h"

static Entry look_at(const char *path) {
  struct stat status;
  if (lstat(path, &status) != 0) give_up("found", path);
  Entry entry = {.mode = status.st_mode};
  if (S_ISDIR(status.st_mode)) return entry;
  entry.size = status.st_size;
  entry.seconds = status.st_mtim.tv_sec;
  entry.nanoseconds = status.st_mtim.tv_nsec;
  char target[4096];
  ssize_t length;
  if (S_ISREG(status.st_mode) && !sn_sha256_file(path, entry.hash)) give_up("read", path);
  if (S_ISLNK(status.st_mode) && (length = readlink(path, target, sizeof target)) > 0)
    sn_sha256(target, (size_t)length, entry.hash);
  return entry;
}

Snapshot snapshot_of(const char *root) {
  Snapshot snapshot = {.paths = paths_below(root, EVERYTHING)};
  snapshot.entries = sn_allocate(snapshot.paths.count, sizeof *snapshot.entries, "a snapshot");
  if (!snapshot.entries) give_up("remembered", root);
  for (int64_t i = 0; i < snapshot.paths.count; i++) {
    char *path = path_of(root, snapshot.paths.items[i]);
    snapshot.entries[i] = look_at(path);
    free(path);
  }
  return snapshot;
}

void snapshot_free(Snapshot *snapshot) {
  sn_names_free(&snapshot->paths);
  free(snapshot->entries);
  *snapshot = (Snapshot){0};
}

static bool same(const Entry *a, const Entry *b) {
  return a->mode == b->mode && a->size == b->size && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds &&
         strcmp(a->hash, b->hash) == 0;
}

void snapshot_compare(const Snapshot *before, const Snapshot *after,
                      void (*changed)(void *context, const char *path, Change change), void *context) {
  int64_t a = 0, b = 0;
  while (a < before->paths.count || b < after->paths.count) {
    const char *old = a < before->paths.count ? before->paths.items[a] : NULL;
    const char *new = b < after->paths.count ? after->paths.items[b] : NULL;
    const int order = !old ? 1 : !new ? -1 : strcmp(old, new);
    if (order == 0 && !same(&before->entries[a], &after->entries[b])) changed(context, old, OTHER);
    if (order < 0) changed(context, old, GONE);
    if (order > 0) changed(context, new, NEW);
    a += order <= 0;
    b += order >= 0;
  }
}
