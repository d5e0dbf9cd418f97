#include "cli/seeds_option.h"

#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "tensor/scope.h"

enum { MAX_SEEDS = 1000 };

static bool add(SnSeedList *list, int64_t seed) {
  for (int64_t i = 0; i < list->count; i++)
    if (list->seeds[i] == seed) return sn_fail("--seeds: %lld is there twice", (long long)seed);
  if (list->count == MAX_SEEDS) return sn_fail("--seeds: expected at most %d", MAX_SEEDS);
  list->seeds[list->count++] = seed;
  return true;
}

static bool add_each(SnSeedList *list, const char *text, int64_t maximum) {
  char *rest = sn_scope_text(text);
  for (char *part; sn_ok() && (part = strtok_r(rest, ",", &rest));) {
    int64_t seed;
    if (sn_parse_integer("--seeds", part, 0, maximum, &seed)) add(list, seed);
  }
  return sn_ok() && (list->count > 0 || sn_fail("--seeds: expected how many, or numbers such as 0,1,2"));
}

bool sn_parse_seeds(const char *text, int64_t first, int64_t maximum, SnSeedList *list) {
  int64_t count;
  *list = (SnSeedList){.seeds = sn_scope_allocate(MAX_SEEDS, sizeof *list->seeds, NULL)};
  if (!list->seeds) return false;
  if (strchr(text, ',') || strcmp(text, "0") == 0) return add_each(list, text, maximum);
  if (!sn_parse_integer("--seeds", text, 1, MAX_SEEDS, &count)) return false;
  if (count - 1 > maximum - first)
    return sn_fail("--seeds: the last of %lld seeds from %lld on is too large", (long long)count, (long long)first);
  for (int64_t i = 0; i < count; i++) add(list, first + i);
  return sn_ok();
}
