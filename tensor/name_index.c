#include "tensor/name_index.h"

#include <string.h>

#include "tensor/scope.h"

/* FNV-1a, begun with the index's address, so that a file's author cannot choose names that all collide. */
static uint64_t hash(const SnNameIndex *index, const char *name) {
  uint64_t value = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)(uintptr_t)index->slots;
  for (; *name; name++) value = (value ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
  return value ^ value >> 32;
}

/* The name's slot, or the empty one where it belongs; half of the slots are empty at least. */
static int64_t *find_slot(const SnNameIndex *index, const char *name) {
  uint64_t last = 2 * (uint64_t)index->capacity - 1, at = hash(index, name) & last; /* the capacity is a power of two */
  while (index->slots[at] != 0 && strcmp(index->names[index->slots[at] - 1], name) != 0) at = (at + 1) & last;
  return &index->slots[at];
}

int64_t sn_name_index_find(const SnNameIndex *index, const char *name) {
  return index->capacity == 0 ? -1 : *find_slot(index, name) - 1;
}

/* Into fresh scope memory; the old goes with the scope. */
static bool double_capacity(SnNameIndex *index) {
  SnNameIndex larger = {.count = index->count, .capacity = index->capacity ? 2 * index->capacity : 64};
  larger.names = sn_scope_allocate(larger.capacity, sizeof *larger.names, NULL);
  larger.slots = sn_scope_allocate(larger.capacity, 2 * sizeof *larger.slots, NULL);
  if (!larger.names || !larger.slots) return false;
  for (int64_t i = 0; i < index->count; i++) {
    larger.names[i] = index->names[i];
    *find_slot(&larger, index->names[i]) = i + 1;
  }
  *index = larger;
  return true;
}

bool sn_name_index_add(SnNameIndex *index, const char *name) {
  if (index->count == index->capacity && !double_capacity(index)) return false;
  *find_slot(index, name) = index->count + 1;
  index->names[index->count++] = name;
  return true;
}
