/* Convolutions that a plan computes in 8 bits: those of whose input it is known between which numbers it lies.
 *
 *     sn_input_ranges_use(&ranges);      // by plans that this thread makes from now on
 *     ...
 *     sn_input_ranges_use(NULL);
 *
 * A convolution is known by its weight's memory, so that it stays the same one whatever passes make of the graph. One
 * whose weight a pass has changed computes as ever. */
#ifndef SN_PLAN_INPUT_RANGES_H
#define SN_PLAN_INPUT_RANGES_H

#include "tensor/tensor.h"

typedef struct SnInputRange {
  float least, most; /* least <= 0 <= most, least < most: what is beyond is cut off */
} SnInputRange;

typedef struct SnRangedWeight {
  const SnStorage *weight;
  SnInputRange x;
} SnRangedWeight;

typedef struct SnInputRanges {
  const SnRangedWeight *items;
  int64_t count;
} SnInputRanges;

/* They must stay. NULL: none. */
void sn_input_ranges_use(const SnInputRanges *ranges);

/* NULL: none is known of this weight. */
const SnInputRange *sn_input_range_in_use(const SnTensor *weight);

/* 256 numbers evenly between its ends, of which one is 0. */
SnQuantization sn_input_quantization(const SnInputRange *range);

#endif
