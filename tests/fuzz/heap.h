/* How much of the heap is in use, whoever allocates: the program or a library that it is linked with. */
#ifndef SN_TESTS_FUZZ_HEAP_H
#define SN_TESTS_FUZZ_HEAP_H

#include <stdint.h>

/* Bytes in use from here on are counted above those in use now. */
void sn_heap_mark(void);

/* The most bytes in use at a time since the mark, above those in use at the mark. */
int64_t sn_heap_peak(void);

#endif
