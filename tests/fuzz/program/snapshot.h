/* What a folder holds at one time, and what has changed since. */
#ifndef SN_TESTS_FUZZ_PROGRAM_SNAPSHOT_H
#define SN_TESTS_FUZZ_PROGRAM_SNAPSHOT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/file.h"
#include "base/sha256.h"

typedef struct Entry {
  mode_t mode;
  int64_t size, seconds, nanoseconds; /* of the last change of its contents; 0 for folders */
  char hash[SN_SHA256_HEX];           /* of a file's contents, or of where a link points */
} Entry;

typedef struct Snapshot {
  SnNames paths; /* below the root, sorted */
  Entry *entries;
} Snapshot;

Snapshot snapshot_of(const char *root);
void snapshot_free(Snapshot *snapshot);

/* Calls `changed` with every path that is new, gone or another, and says which. */
typedef enum Change { NEW, GONE, OTHER } Change;
void snapshot_compare(const Snapshot *before, const Snapshot *after,
                      void (*changed)(void *context, const char *path, Change change), void *context);

#endif
