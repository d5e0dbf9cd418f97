#include "plan/input_ranges.h"

#include <math.h>

static _Thread_local const SnInputRanges *in_use;

void sn_input_ranges_use(const SnInputRanges *ranges) { in_use = ranges; }

const SnInputRange *sn_input_range_in_use(const SnTensor *weight) {
  for (int64_t i = 0; weight && in_use && i < in_use->count; i++)
    if (in_use->items[i].weight == weight->storage) return &in_use->items[i].x;
  return NULL;
}

SnQuantization sn_input_quantization(const SnInputRange *range) {
  enum { LARGEST = 255 };
  float scale = (range->most - range->least) / LARGEST;
  return (SnQuantization){scale, (int32_t)lrintf(-range->least / scale)};
}
