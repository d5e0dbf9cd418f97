/* What a detector in 8 bits knows of its backbone: between which numbers the input of each convolution lies. */
#ifndef SN_ANOMALY_LAYER_RANGES_H
#define SN_ANOMALY_LAYER_RANGES_H

#include "nn/module.h"
#include "plan/input_ranges.h"

typedef struct SnLayerRange {
  const char *weight; /* the name of the convolution's weight in the backbone */
  SnInputRange x;
} SnLayerRange;

/* In some scope. */
typedef struct SnLayerRanges {
  SnLayerRange *items;
  int64_t count; /* 0: the detector is none in 8 bits */
} SnLayerRanges;

/* NULL: none of that name. */
const SnLayerRange *sn_layer_range_find(const SnLayerRanges *ranges, const char *weight);

/* The same by the memory that the weights have in this backbone; in the innermost scope. */
SnInputRanges sn_layer_ranges_of(const SnLayerRanges *ranges, const SnModule *backbone);

#endif
