#include <math.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/philox.h"

/* A block is BLOCK numbers, a multiple of 4 * LANES. Philox blocks are made LANES at a time, word by word, which is the
 * order that compilers turn into vector code; the numbers are those of philox.h. */
enum { LANES = 16, BLOCK = 8192 };

typedef struct Random {
  SnRandom random;
  float *y;
  int64_t count;
  bool normal;
} Random;

/* Words of LANES blocks from `first`, as sn_philox() gives them. */
static void make_words(const SnRandom *random, uint64_t first, uint32_t word[4][LANES]) {
  uint32_t *restrict w0 = word[0], *restrict w1 = word[1], *restrict w2 = word[2], *restrict w3 = word[3];
  for (int l = 0; l < LANES; l++) {
    w0[l] = (uint32_t)(first + (uint64_t)l);
    w1[l] = (uint32_t)((first + (uint64_t)l) >> 32);
    w2[l] = random->step;
    w3[l] = random->stream;
  }
  uint32_t k0 = (uint32_t)random->seed, k1 = (uint32_t)(random->seed >> 32);
  for (int round = 0; round < 10; round++) {
    for (int l = 0; l < LANES; l++) { /* upper and lower halves apart: only so do compilers see a vector instruction */
      uint32_t upper0 = (uint32_t)(((uint64_t)w0[l] * 0xD2511F53u) >> 32), lower0 = w0[l] * 0xD2511F53u;
      uint32_t upper1 = (uint32_t)(((uint64_t)w2[l] * 0xCD9E8D57u) >> 32), lower1 = w2[l] * 0xCD9E8D57u;
      w0[l] = upper1 ^ w1[l] ^ k0;
      w2[l] = upper0 ^ w3[l] ^ k1;
      w1[l] = lower1;
      w3[l] = lower0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

static void make_normals(const SnRandom *random, uint64_t first, float number[LANES][4]) {
  uint32_t word[4][LANES];
  float z[4][LANES], mean = (float)random->a, std = (float)random->b;
  make_words(random, first, word);
  for (int l = 0; l < LANES; l++) sn_normal_pair(word[0][l], word[1][l], &z[0][l], &z[1][l]);
  for (int l = 0; l < LANES; l++) sn_normal_pair(word[2][l], word[3][l], &z[2][l], &z[3][l]);
  for (int l = 0; l < LANES; l++)
    for (int k = 0; k < 4; k++) number[l][k] = mean + std * z[k][l];
}

static void make_uniforms(const SnRandom *random, uint64_t first, float number[LANES][4]) {
  uint32_t word[4][LANES];
  float low = (float)random->a, high = (float)random->b, last = nextafterf(high, low);
  make_words(random, first, word);
  for (int l = 0; l < LANES; l++)
    for (int k = 0; k < 4; k++) {
      float value = low + (high - low) * sn_uniform_from_bits(word[k][l]);
      number[l][k] = value < high ? value : last;
    }
}

static void random_block(void *context, int64_t block) {
  const Random *r = context;
  int64_t end = sn_smaller((block + 1) * BLOCK, r->count);
  for (int64_t i = block * BLOCK; i < end; i += 4 * LANES) {
    float number[LANES][4];
    uint64_t first = (r->random.offset + (uint64_t)i) / 4;
    if (r->normal)
      make_normals(&r->random, first, number);
    else
      make_uniforms(&r->random, first, number);
    const float *flat = number[0];
    int64_t count = sn_smaller(4 * LANES, end - i);
    for (int64_t k = 0; k < count; k++) r->y[i + k] = flat[k];
  }
}

static bool fill(const SnCall *call, bool normal) {
  const SnArray *y = call->out[0];
  if (!sn_is_float32(y)) return false;
  Random r = {call->attributes.random, y->data, sn_array_count(y), normal};
  sn_parallel(sn_divide_up(r.count, BLOCK), random_block, &r);
  return true;
}

bool SN_CPU(normal)(const SnCall *call) { return fill(call, true); }

bool SN_CPU(uniform)(const SnCall *call) { return fill(call, false); }
