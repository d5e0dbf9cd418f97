/* Finds a name's position in a list in a time that does not depend on the list's length. */
#ifndef SN_TENSOR_NAME_INDEX_H
#define SN_TENSOR_NAME_INDEX_H

#include <stdbool.h>
#include <stdint.h>

/* All zeros is an empty one. What it holds belongs to the scopes that were innermost when names were added. */
typedef struct SnNameIndex {
  int64_t count, capacity;
  const char **names; /* [capacity], by position */
  int64_t *slots;     /* [2 * capacity]: 1 + the position of the name whose hash leads here, or 0 */
} SnNameIndex;

/* The position, or -1 when there is no such name. */
int64_t sn_name_index_find(const SnNameIndex *index, const char *name);

/* Puts a name that is not in it, which must live as long as the index, at position `count`. */
bool sn_name_index_add(SnNameIndex *index, const char *name);

#endif
