/* Whole numbers by formula, for inputs that an oracle makes as well (tests/oracle/hash64.py). */
#ifndef SN_TESTS_SUPPORT_HASH64_H
#define SN_TESTS_SUPPORT_HASH64_H

#include <stdint.h>

/* SplitMix64's finaliser over seed and index. */
static inline uint64_t test_hash64(uint64_t seed, uint64_t index) {
  uint64_t z = seed * 0x9E3779B97F4A7C15u + index * 0xBF58476D1CE4E5B9u + 0x94D049BB133111EBu;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

#endif
