#include "tensor/random.h"

#include "backends/philox.h"

/* A 64-bit word scaled to [0, bound): the bias, bound / 2^64, is far below anything measurable. */
static int64_t below(uint64_t word, int64_t bound) {
  uint64_t high = (word >> 32) * (uint64_t)bound, low = (word & 0xFFFFFFFFu) * (uint64_t)bound;
  return (int64_t)((high + (low >> 32)) >> 32);
}

int64_t sn_random_below(SnRandom source, int64_t bound) {
  SnPhilox random = sn_philox(source.seed, source.stream, source.step, source.offset / 4);
  return below((uint64_t)random.word[0] << 32 | random.word[1], bound);
}

void sn_permutation(uint64_t seed, SnStream stream, uint32_t step, int64_t count, int64_t *order) {
  for (int64_t i = 0; i < count; i++) order[i] = i;
  for (int64_t i = count - 1; i > 0; i--) {
    SnPhilox random = sn_philox(seed, (uint32_t)stream, step, (uint64_t)i);
    int64_t other = below((uint64_t)random.word[0] << 32 | random.word[1], i + 1), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
}
