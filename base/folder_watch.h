/* Folders in which files arrive: what inotify tells, as paths. */
#ifndef SN_BASE_FOLDER_WATCH_H
#define SN_BASE_FOLDER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"

typedef struct SnFolderWatch SnFolderWatch;

/* Watches nothing yet. NULL and an error on failure. */
SnFolderWatch *sn_folder_watch_open(void);
void sn_folder_watch_close(SnFolderWatch *watch); /* NULL is allowed */

/* Watches a folder, from now on under this path where it was watched under another one. The first is the root: no event
 * comes after its end. One that is gone meanwhile is passed over; false and an error when the system refuses, which it
 * does beyond its limit of watches. */
bool sn_folder_watch_add(SnFolderWatch *watch, const char *folder);

/* Ends the watch of the folders that were not added since the last call. */
void sn_folder_watch_keep_added(SnFolderWatch *watch);

typedef struct SnFolderEvents {
  SnNames arrived; /* files that their writer closed, that were moved there, and links; names with a dot in front are
                      left out. Owned by the caller, appended to */
  bool must_look_again; /* folders came or went, or there were more events than the system keeps: add what is there */
  const char *ended;    /* why the root is not watched any more: "was removed"; else NULL */
} SnFolderEvents;

/* Waits for events, at most `milliseconds` long and until a signal comes, and adds them. */
bool sn_folder_watch_read(SnFolderWatch *watch, int milliseconds, SnFolderEvents *events);

#endif
