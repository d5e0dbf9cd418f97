#include "base/walk.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/file_set.h"
#include "base/memory.h"

typedef struct Walker {
  const SnWalk *walk;
  const char *root;
  struct stat root_status;
  SnFileSet seen;
  SnNames links; /* to folders, in the order in which they were met */
} Walker;

/* Notes a folder that is looked into; *known: whether it had been before. */
static bool note(Walker *walker, const struct stat *status, bool *known) {
  SnFileState folder = {.device = status->st_dev, .inode = status->st_ino};
  return sn_file_set_note(&walker->seen, &folder, known) != NULL;
}

static bool report(const Walker *walker, const char *path, SnEntryKind kind) {
  return walker->walk->entry(walker->walk->context, path, kind);
}

static bool is_same(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The root is wanted, even when it is in the list. */
static bool is_excluded(const Walker *walker, const struct stat *folder) {
  if (is_same(folder, &walker->root_status)) return false;
  for (int i = 0; i < walker->walk->without_count; i++) {
    struct stat status;
    const char *path = walker->walk->without[i];
    if (path && stat(path, &status) == 0 && is_same(&status, folder)) return true;
  }
  return false;
}

static int depth_of(const Walker *walker, const char *path) {
  int depth = 0;
  for (path += strlen(walker->root); *path; path++) depth += *path == '/';
  return depth;
}

static bool visit_all(Walker *walker, const char *folder, SnNames *names);

/* A folder that cannot be listed, or has gone since it was met, is reported. */
static bool enter(Walker *walker, const char *folder, const struct stat *status) {
  bool known = false;
  SnNames names = {0};
  SnError error;
  if (depth_of(walker, folder) >= SN_WALK_DEPTH) return report(walker, folder, SN_ENTRY_DEEP);
  if (!note(walker, status, &known)) return false;
  if (known) return report(walker, folder, SN_ENTRY_AGAIN);
  if (walker->walk->folder && !walker->walk->folder(walker->walk->context, folder)) return false;
  if (sn_list_directory(folder, &names)) return visit_all(walker, folder, &names);
  return sn_error_forgive(&error) && report(walker, folder, SN_ENTRY_UNREADABLE);
}

static bool visit(Walker *walker, const char *path) {
  struct stat own, status;
  if (lstat(path, &own) != 0) return report(walker, path, SN_ENTRY_UNREADABLE);
  bool is_link = S_ISLNK(own.st_mode);
  status = own;
  if (is_link && stat(path, &status) != 0)
    return report(walker, path, errno == EACCES ? SN_ENTRY_UNREADABLE : SN_ENTRY_DANGLING);
  if (S_ISREG(status.st_mode)) return report(walker, path, SN_ENTRY_FILE);
  if (!S_ISDIR(status.st_mode)) return report(walker, path, SN_ENTRY_SPECIAL);
  if (is_excluded(walker, &status)) return report(walker, path, SN_ENTRY_EXCLUDED);
  if (!walker->walk->sub_folders) return report(walker, path, SN_ENTRY_FOLDER);
  return is_link ? sn_names_append(&walker->links, path) : enter(walker, path, &status);
}

static bool visit_all(Walker *walker, const char *folder, SnNames *names) {
  for (int64_t i = 0; i < names->count && sn_ok(); i++) {
    char *path = sn_path_join(folder, names->items[i]);
    if (path) visit(walker, path);
    free(path);
  }
  sn_names_free(names);
  return sn_ok();
}

/* The list grows while it is worked through: a folder that a link leads to may hold links. */
static bool follow_links(Walker *walker) {
  for (int64_t i = 0; i < walker->links.count && sn_ok(); i++) {
    const char *path = walker->links.items[i];
    struct stat status;
    if (stat(path, &status) != 0)
      report(walker, path, SN_ENTRY_UNREADABLE);
    else
      enter(walker, path, &status);
  }
  return sn_ok();
}

bool sn_walk(const char *folder, const SnWalk *walk) {
  if (!sn_ok()) return false;
  Walker walker = {.walk = walk, .root = folder};
  SnNames names;
  bool known;
  if (stat(folder, &walker.root_status) != 0) return sn_fail("%s: cannot be listed: %s", folder, strerror(errno));
  if (note(&walker, &walker.root_status, &known) && (!walk->folder || walk->folder(walk->context, folder)) &&
      sn_list_directory(folder, &names) && visit_all(&walker, folder, &names))
    follow_links(&walker);
  sn_file_set_free(&walker.seen);
  sn_names_free(&walker.links);
  return sn_ok();
}
