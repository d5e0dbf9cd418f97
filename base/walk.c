#include "base/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

/* ---- folders that were looked into ---- */

typedef struct Identity {
  dev_t device;
  ino_t inode;
  bool used;
} Identity;

/* A hash table: open addressing, at most half full. */
typedef struct Seen {
  Identity *slots;
  int64_t capacity, count; /* capacity: 0 or a power of two */
} Seen;

/* Where the folder is, or where it belongs. */
static Identity *slot_of(const Seen *seen, dev_t device, ino_t inode) {
  uint64_t hash = ((uint64_t)inode ^ (uint64_t)device << 32) * UINT64_C(0x9e3779b97f4a7c15);
  uint64_t i = hash >> 20;
  for (;; i++) {
    Identity *slot = &seen->slots[i & (uint64_t)(seen->capacity - 1)];
    if (!slot->used || (slot->device == device && slot->inode == inode)) return slot;
  }
}

static bool grow(Seen *seen) {
  Seen larger = {.capacity = seen->capacity ? 2 * seen->capacity : 64};
  larger.slots = sn_allocate(larger.capacity, sizeof *larger.slots, "the folders that were looked into");
  if (!larger.slots) return false;
  for (int64_t i = 0; i < seen->capacity; i++)
    if (seen->slots[i].used) *slot_of(&larger, seen->slots[i].device, seen->slots[i].inode) = seen->slots[i];
  larger.count = seen->count;
  free(seen->slots);
  *seen = larger;
  return true;
}

/* Notes the folder; *known: whether it had been noted before. False on an error. */
static bool note(Seen *seen, const struct stat *status, bool *known) {
  if (2 * seen->count >= seen->capacity && !grow(seen)) return false;
  Identity *slot = slot_of(seen, status->st_dev, status->st_ino);
  *known = slot->used;
  if (!slot->used) seen->count++;
  *slot = (Identity){status->st_dev, status->st_ino, true};
  return true;
}

/* ---- the walk ---- */

typedef struct Walker {
  const SnWalk *walk;
  const char *root;
  struct stat root_status;
  Seen seen;
  SnNames links; /* to folders, in the order in which they were met */
} Walker;

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

static bool can_be_listed(const char *folder) {
  int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) close(descriptor);
  return descriptor >= 0;
}

static bool look_into(Walker *walker, const char *folder);

static bool enter(Walker *walker, const char *folder, const struct stat *status) {
  bool known = false;
  if (depth_of(walker, folder) >= SN_WALK_DEPTH) return report(walker, folder, SN_ENTRY_DEEP);
  if (!note(&walker->seen, status, &known)) return false;
  if (known) return report(walker, folder, SN_ENTRY_AGAIN);
  return can_be_listed(folder) ? look_into(walker, folder) : report(walker, folder, SN_ENTRY_UNREADABLE);
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

static bool look_into(Walker *walker, const char *folder) {
  SnNames names;
  if (!sn_list_directory(folder, &names)) return false;
  for (int64_t i = 0; i < names.count && sn_ok(); i++) {
    char *path = sn_path_join(folder, names.items[i]);
    if (path) visit(walker, path);
    free(path);
  }
  sn_names_free(&names);
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
  bool known;
  if (stat(folder, &walker.root_status) != 0) return sn_fail("%s: cannot be listed: %s", folder, strerror(errno));
  if (note(&walker.seen, &walker.root_status, &known) && look_into(&walker, folder)) follow_links(&walker);
  free(walker.seen.slots);
  sn_names_free(&walker.links);
  return sn_ok();
}
