/* Files, or folders, that are known by device and inode, whatever their paths. */
#ifndef SN_BASE_FILE_SET_H
#define SN_BASE_FILE_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A file as it was at a time: two of the same state hold the same bytes. */
typedef struct SnFileState {
  dev_t device;
  ino_t inode;
  int64_t size;    /* bytes */
  int64_t written; /* nanoseconds since 1970 */
  int64_t born;    /* the same, where the file system tells, else 0: an inode may be used again */
} SnFileState;

bool sn_file_state_equal(const SnFileState *a, const SnFileState *b);

/* What is at a path, links followed. False, without an error, where it cannot be looked at: errno says why. *mode may
 * be NULL. */
bool sn_file_state(const char *path, SnFileState *state, mode_t *mode);

/* A hash table: open addressing, at most half full. */
typedef struct SnFileEntry {
  SnFileState state;
  int64_t round; /* the caller's */
  bool used;
} SnFileEntry;

typedef struct SnFileSet {
  SnFileEntry *slots;
  int64_t capacity, count; /* capacity: 0 or a power of two */
} SnFileSet;

/* The entry of a file, which is added where it is not there. *known: whether it was; its state is then the earlier one,
 * and else this one. Valid until the next call; NULL and an error when memory is short. */
SnFileEntry *sn_file_set_note(SnFileSet *set, const SnFileState *state, bool *known);

/* The entry of a file; NULL, without an error, where there is none. */
SnFileEntry *sn_file_set_find(const SnFileSet *set, const SnFileState *state);

/* Removes the entries of other rounds than this one. */
bool sn_file_set_keep(SnFileSet *set, int64_t round);

void sn_file_set_free(SnFileSet *set);

#endif
