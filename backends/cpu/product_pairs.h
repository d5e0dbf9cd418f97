/* Products of matrices whose factors are rounded to bfloat16 and summed in float32, as packed_tile multiplies them. */
#ifndef SN_BACKENDS_CPU_PRODUCT_PAIRS_H
#define SN_BACKENDS_CPU_PRODUCT_PAIRS_H

#include "backends/cpu/product_tiles.h"

/* Whether the thread's precision allows it, and it is faster: the product is large enough to pack its operands. */
bool SN_CPU(paired_product_suits)(const SnTiledProduct *product);

/* y = a b + bias + addend; a and b either way. False, with nothing written and an error, when memory is short. */
bool SN_CPU(paired_product)(const SnTiledProduct *product);

#endif
