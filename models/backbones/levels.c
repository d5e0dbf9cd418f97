#include "models/backbones/levels.h"

#include <inttypes.h>
#include <stdio.h>

int sn_level_index(const SnLevels *levels, int64_t number) {
  for (int i = 0; i < levels->count; i++)
    if (levels->numbers[i] == number) return i;
  return -1;
}

bool sn_levels_equal(const SnLevels *a, const SnLevels *b) {
  for (int i = 0; i < a->count && a->count == b->count; i++)
    if (a->numbers[i] != b->numbers[i]) return false;
  return a->count == b->count;
}

void sn_levels_text(const SnLevels *levels, char *text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (int i = 0; i < levels->count && used < size; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, i > 0 ? "," : "", levels->numbers[i]);
}
