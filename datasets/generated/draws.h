/* A sequence of random numbers from Philox, for parameters that are drawn one after the other. C does not say in which
 * order the arguments of a call or the parts of an initialiser are evaluated: draw once in each at most. */
#ifndef SN_DATASETS_GENERATED_DRAWS_H
#define SN_DATASETS_GENERATED_DRAWS_H

#include <stdint.h>

#include "backends/philox.h"

typedef struct SnDraws {
  uint64_t seed, block;
  uint32_t stream, step;
  SnPhilox words;
  int left;
} SnDraws;

/* The sequence of {seed, stream, step}, from its beginning. */
static inline SnDraws sn_draws(uint64_t seed, uint32_t stream, uint32_t step) {
  return (SnDraws){.seed = seed, .stream = stream, .step = step};
}

static inline uint32_t sn_draw_bits(SnDraws *draws) {
  if (draws->left == 0) {
    draws->words = sn_philox(draws->seed, draws->stream, draws->step, draws->block++);
    draws->left = 4;
  }
  return draws->words.word[--draws->left];
}

/* Uniform in [low, high). */
static inline float sn_draw(SnDraws *draws, float low, float high) {
  return low + (high - low) * sn_uniform_from_bits(sn_draw_bits(draws));
}

/* Uniform in 0 .. count - 1. */
static inline int sn_draw_integer(SnDraws *draws, int count) {
  return (int)(((uint64_t)sn_draw_bits(draws) * (uint64_t)count) >> 32);
}

/* -1 or 1. */
static inline float sn_draw_sign(SnDraws *draws) { return sn_draw_bits(draws) >> 31 ? 1.0f : -1.0f; }

#endif
