/* Least-significant-digit radix sort: stable, linear time, three passes of 11 bits, a pass with one digit skipped. */
#ifndef SN_METRICS_RADIX_SORT_H
#define SN_METRICS_RADIX_SORT_H

#include <stdint.h>

/* Sorts `count` keys ascending. *keys and *scratch, both with capacity for `count`, may change places: *keys is sorted
 * afterwards and the contents of *scratch are undefined. */
void sn_radix_sort_u32(uint32_t **keys, uint32_t **scratch, int64_t count);

/* The same for records that are ordered by their upper 32 bits only; equal ones keep their order. */
void sn_radix_sort_u64_high(uint64_t **records, uint64_t **scratch, int64_t count);

#endif
