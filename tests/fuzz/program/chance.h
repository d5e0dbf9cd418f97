/* Random numbers that depend on a seed alone. */
#ifndef SN_TESTS_FUZZ_PROGRAM_CHANCE_H
#define SN_TESTS_FUZZ_PROGRAM_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Chance {
  uint64_t state;
} Chance;

/* SplitMix64 (Steele, Lea and Flood 2014). */
static inline uint64_t chance_bits(Chance *chance) {
  uint64_t bits = chance->state += 0x9e3779b97f4a7c15;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

/* From 0 to count - 1; 0 for no count. */
static inline size_t chance_below(Chance *chance, size_t count) {
  return count > 0 ? (size_t)(chance_bits(chance) % count) : 0;
}

static inline bool chance_one_in(Chance *chance, size_t count) { return chance_below(chance, count) == 0; }

#define CHANCE_OF(chance, list) (list)[chance_below(chance, sizeof(list) / sizeof *(list))]

#endif
