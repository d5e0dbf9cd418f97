#include "metrics/radix_sort.h"

#include <stdbool.h>
#include <string.h>

enum { DIGIT_BITS = 11, BUCKETS = 1 << DIGIT_BITS, PASSES = 3 };

typedef struct Histograms {
  int64_t start[PASSES][BUCKETS];
} Histograms;

static uint32_t digit(uint32_t key, int pass) { return key >> (pass * DIGIT_BITS) & (BUCKETS - 1); }

static void count_digits(Histograms *histograms, uint32_t key) {
  for (int pass = 0; pass < PASSES; pass++) histograms->start[pass][digit(key, pass)]++;
}

/* Turns a pass's counts into the position of each bucket's first key; false when all keys share one digit. */
static bool place_buckets(int64_t *start, int64_t count) {
  int64_t position = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    int64_t size = start[bucket];
    if (size == count) return false;
    start[bucket] = position;
    position += size;
  }
  return true;
}

void sn_radix_sort_u32(uint32_t **keys, uint32_t **scratch, int64_t count) {
  Histograms histograms;
  memset(&histograms, 0, sizeof histograms);
  for (int64_t i = 0; i < count; i++) count_digits(&histograms, (*keys)[i]);
  for (int pass = 0; pass < PASSES; pass++) {
    int64_t *start = histograms.start[pass];
    if (!place_buckets(start, count)) continue;
    uint32_t *from = *keys, *to = *scratch;
    for (int64_t i = 0; i < count; i++) to[start[digit(from[i], pass)]++] = from[i];
    *keys = to;
    *scratch = from;
  }
}

void sn_radix_sort_u64_high(uint64_t **records, uint64_t **scratch, int64_t count) {
  Histograms histograms;
  memset(&histograms, 0, sizeof histograms);
  for (int64_t i = 0; i < count; i++) count_digits(&histograms, (uint32_t)((*records)[i] >> 32));
  for (int pass = 0; pass < PASSES; pass++) {
    int64_t *start = histograms.start[pass];
    if (!place_buckets(start, count)) continue;
    uint64_t *from = *records, *to = *scratch;
    for (int64_t i = 0; i < count; i++) to[start[digit((uint32_t)(from[i] >> 32), pass)]++] = from[i];
    *records = to;
    *scratch = from;
  }
}
