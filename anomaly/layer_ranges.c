#include "anomaly/layer_ranges.h"

#include <string.h>

const SnLayerRange *sn_layer_range_find(const SnLayerRanges *ranges, const char *weight) {
  for (int64_t i = 0; i < ranges->count; i++)
    if (strcmp(ranges->items[i].weight, weight) == 0) return &ranges->items[i];
  return NULL;
}

SnInputRanges sn_layer_ranges_of(const SnLayerRanges *ranges, const SnModule *backbone) {
  SnStateDict *state = sn_state_dict_new();
  SnRangedWeight *items = sn_scope_allocate(ranges->count, sizeof *items, NULL);
  if (!state || !items || !sn_module_state(backbone, "", state)) return (SnInputRanges){NULL, 0};
  int64_t count = 0;
  for (int64_t i = 0; i < ranges->count; i++) {
    const SnTensor *weight = sn_state_dict_find(state, ranges->items[i].weight);
    if (weight) items[count++] = (SnRangedWeight){weight->storage, ranges->items[i].x};
  }
  return (SnInputRanges){items, count};
}
