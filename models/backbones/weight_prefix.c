/* Every name of the file is taken apart at its dots: where the rest is a name of the network, what is before it is a
 * prefix, and counts one. */
#include <string.h>

#include "base/error.h"
#include "models/backbones/weight_names.h"

typedef struct Prefixes {
  SnNameIndex index;
  int64_t *counts; /* by position in the index */
} Prefixes;

static int dots_in(const char *name) {
  int dots = 0;
  for (; *name; name++) dots += *name == '.';
  return dots;
}

static bool count(Prefixes *prefixes, const char *name, int64_t length) {
  char *prefix = sn_scope_allocate(length + 1, 1, NULL);
  if (!prefix) return false;
  memcpy(prefix, name, (size_t)length);
  int64_t position = sn_name_index_find(&prefixes->index, prefix);
  if (position < 0) position = prefixes->index.count;
  if (position == prefixes->index.count && !sn_name_index_add(&prefixes->index, prefix)) return false;
  prefixes->counts[position]++;
  return true;
}

/* No rest with more dots than the network's names have can be one of them. */
static void count_prefixes(Prefixes *prefixes, const SnStateDict *own, const char *name, int most_dots) {
  int dots = dots_in(name);
  for (const char *rest = name; sn_ok(); rest++) {
    if (dots <= most_dots && sn_state_dict_find(own, rest)) count(prefixes, name, rest - name);
    rest = strchr(rest, '.');
    if (!rest) return;
    dots--;
  }
}

/* The position of the most frequent one, *rival that of another as frequent, or -1. */
static int64_t most_frequent(const Prefixes *prefixes, int64_t *rival) {
  int64_t best = 0;
  *rival = -1;
  for (int64_t i = 1; i < prefixes->index.count; i++) {
    if (prefixes->counts[i] > prefixes->counts[best])
      best = i, *rival = -1;
    else if (prefixes->counts[i] == prefixes->counts[best])
      *rival = i;
  }
  return best;
}

const char *sn_weight_prefix(const SnStateDict *own, const SnStateDict *file, const char *source) {
  int most_dots = 0;
  for (int64_t i = 0; i < own->tensor_count; i++) {
    int dots = dots_in(own->tensors[i].name);
    if (dots > most_dots) most_dots = dots;
  }
  Prefixes prefixes = {.counts = sn_scope_allocate(file->tensor_count * (most_dots + 1) + 1, sizeof(int64_t), NULL)};
  if (!prefixes.counts) return NULL;
  for (int64_t i = 0; i < file->tensor_count && sn_ok(); i++)
    count_prefixes(&prefixes, own, file->tensors[i].name, most_dots);
  if (!sn_ok()) return NULL;
  int64_t rival, best = most_frequent(&prefixes, &rival);
  if (prefixes.index.count == 0 || 2 * prefixes.counts[best] <= own->tensor_count) return "";
  const char *const *names = prefixes.index.names;
  if (rival >= 0)
    return sn_fail_null(
        "%s: holds the network's tensors twice, with '%.80s' and with '%.80s' before their names: save one of them "
        "alone",
        source, names[best], names[rival]);
  return names[best];
}
