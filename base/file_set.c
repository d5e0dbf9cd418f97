#define _GNU_SOURCE /* statx, which tells when a file was made */
#include "base/file_set.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/memory.h"

static int64_t nanoseconds(const struct statx_timestamp *time) {
  return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

bool sn_file_state(const char *path, SnFileState *state, mode_t *mode) {
  struct statx status;
  if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) return false;
  *state = (SnFileState){.device = makedev(status.stx_dev_major, status.stx_dev_minor),
                         .inode = status.stx_ino,
                         .size = (int64_t)status.stx_size,
                         .written = nanoseconds(&status.stx_mtime),
                         .born = status.stx_mask & STATX_BTIME ? nanoseconds(&status.stx_btime) : 0};
  if (mode) *mode = status.stx_mode;
  return true;
}

bool sn_file_state_equal(const SnFileState *a, const SnFileState *b) {
  return a->device == b->device && a->inode == b->inode && a->size == b->size && a->written == b->written &&
         a->born == b->born;
}

/* Where the file is, or where it belongs. */
static SnFileEntry *slot_of(const SnFileSet *set, const SnFileState *state) {
  uint64_t hash = ((uint64_t)state->inode ^ (uint64_t)state->device << 32) * UINT64_C(0x9e3779b97f4a7c15);
  for (uint64_t i = hash >> 20;; i++) {
    SnFileEntry *slot = &set->slots[i & (uint64_t)(set->capacity - 1)];
    if (!slot->used || (slot->state.device == state->device && slot->state.inode == state->inode)) return slot;
  }
}

/* Moves the entries, of one round or (-1) all, into a table of another capacity. */
static bool rebuild(SnFileSet *set, int64_t capacity, int64_t round) {
  SnFileSet other = {.capacity = capacity};
  other.slots = sn_allocate(capacity, sizeof *other.slots, "the files that were seen");
  if (!other.slots) return false;
  for (int64_t i = 0; i < set->capacity; i++) {
    const SnFileEntry *entry = &set->slots[i];
    if (!entry->used || (round >= 0 && entry->round != round)) continue;
    *slot_of(&other, &entry->state) = *entry;
    other.count++;
  }
  free(set->slots);
  *set = other;
  return true;
}

SnFileEntry *sn_file_set_note(SnFileSet *set, const SnFileState *state, bool *known) {
  if (2 * set->count >= set->capacity && !rebuild(set, set->capacity ? 2 * set->capacity : 64, -1)) return NULL;
  SnFileEntry *slot = slot_of(set, state);
  *known = slot->used;
  if (!slot->used) {
    *slot = (SnFileEntry){.state = *state, .used = true};
    set->count++;
  }
  return slot;
}

SnFileEntry *sn_file_set_find(const SnFileSet *set, const SnFileState *state) {
  SnFileEntry *slot = set->capacity > 0 ? slot_of(set, state) : NULL;
  return slot && slot->used ? slot : NULL;
}

bool sn_file_set_keep(SnFileSet *set, int64_t round) {
  return set->capacity == 0 || rebuild(set, set->capacity, round);
}

void sn_file_set_free(SnFileSet *set) {
  free(set->slots);
  *set = (SnFileSet){0};
}
