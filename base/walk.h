/* What a folder holds, and its sub-folders: the one way in which folders of photographs are looked through.
 *
 * The time is linear in what is found, one folder is open at a time, and links in a loop end the walk nowhere: every
 * folder is looked into once, known by its device and inode. */
#ifndef SN_BASE_WALK_H
#define SN_BASE_WALK_H

#include <stdbool.h>

typedef enum SnEntryKind {
  SN_ENTRY_FILE,       /* a regular file, or a link to one */
  SN_ENTRY_FOLDER,     /* a folder, where sub-folders are not looked into */
  SN_ENTRY_EXCLUDED,   /* one of the folders of SnWalk.without */
  SN_ENTRY_AGAIN,      /* a folder that is looked into already by another path: a loop of links, or a second way */
  SN_ENTRY_DEEP,       /* a folder SN_WALK_DEPTH levels below the first */
  SN_ENTRY_DANGLING,   /* a link that leads nowhere, or back to itself */
  SN_ENTRY_SPECIAL,    /* a fifo, a socket or a device */
  SN_ENTRY_UNREADABLE, /* a folder that cannot be listed, or what cannot be looked at */
  SN_ENTRY_KIND_COUNT
} SnEntryKind;

enum { SN_WALK_DEPTH = 64 };

typedef struct SnWalk {
  bool sub_folders;           /* look into them */
  const char *const *without; /* folders that are not looked into; may be NULL where without_count is 0 */
  int without_count;          /* entries may be NULL or the folder itself, and need not exist */
  /* Called for everything but folders that are looked into; false, with an error, ends the walk. */
  bool (*entry)(void *context, const char *path, SnEntryKind kind);
  /* NULL, or called for every folder before it is looked into, the first one, too; false, with an error, ends it. */
  bool (*folder)(void *context, const char *path);
  void *context;
} SnWalk;

/* Calls walk->entry for what the folder holds, its path beginning with `folder`. Names with a dot in front are left
 * out. A folder's entries come in byte order; folders that links lead to come after all others, so that what is
 * reached twice is known by its own path. False and an error when the folder itself cannot be listed. */
bool sn_walk(const char *folder, const SnWalk *walk);

#endif
