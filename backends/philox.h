/* Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 *
 * Number i of (seed, stream, step) is word i % 4 of the block whose counter is {i / 4, step, stream}: it depends on
 * nothing else, so any element of any tensor can be made anywhere, in any order, on any number of threads.
 *
 * Everything here uses only integers and single-precision + - * and sqrt, each correctly rounded, and is compiled with
 * contraction off: all processors give the same bits.
 */
#ifndef SN_BACKENDS_PHILOX_H
#define SN_BACKENDS_PHILOX_H

#include <math.h>
#include <stdint.h>

#include "backends/inline.h"

typedef struct SnPhilox {
  uint32_t word[4];
} SnPhilox;

SN_HOST_DEVICE SnPhilox sn_philox(uint64_t seed, uint32_t stream, uint32_t step, uint64_t block) {
  uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32), c2 = step, c3 = stream;
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  SnPhilox result = {{c0, c1, c2, c3}};
  return result;
}

/* Uniform in [0, 1): the upper 24 bits. */
SN_HOST_DEVICE float sn_uniform_from_bits(uint32_t bits) { return (float)(bits >> 8) * 0x1p-24f; }

/* -ln(u) for u in (0, 1]: u = 2^e m with m in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh((m-1)/(m+1)) by its series. */
SN_HOST_DEVICE float sn_minus_log(float u) {
  union {
    float value;
    uint32_t bits;
  } m = {u};
  uint32_t shifted = m.bits - 0x3F3504F3u; /* sqrt(1/2) */
  int32_t exponent = (int32_t)shifted >> 23;
  m.bits = (shifted & 0x007FFFFFu) + 0x3F3504F3u;
  float s = (m.value - 1.0f) / (m.value + 1.0f), z = s * s;
  float series = 1.0f + z * (1.0f / 3 + z * (1.0f / 5 + z * (1.0f / 7 + z * (1.0f / 9))));
  float log_m = 2.0f * s * series;
  return -((float)exponent * 0.693147182f + log_m);
}

/* Two independent standard normals from two words, by Box and Muller (1958): sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v).
 * The angle's upper two bits pick the quadrant, so sine and cosine are only ever evaluated within pi/4 of 0. */
SN_HOST_DEVICE void sn_normal_pair(uint32_t a, uint32_t b, float *first, float *second) {
  float u = (float)a * 0x1p-32f + 0x1p-33f; /* (0, 1]; the largest normal is sqrt(-2 ln 2^-33) = 6.76 */
  float radius = sqrtf(2.0f * sn_minus_log(u));
  uint32_t turned = b + 0x20000000u; /* an eighth of a turn, so that the remainder is centred on 0 */
  float x = (float)((int32_t)(turned & 0x3FFFFFFFu) - 0x20000000) * (1.57079633f * 0x1p-30f), z = x * x;
  float sine = x * (1.0f + z * (-1.0f / 6 + z * (1.0f / 120 + z * (-1.0f / 5040 + z * (1.0f / 362880)))));
  float cosine = 1.0f + z * (-0.5f + z * (1.0f / 24 + z * (-1.0f / 720 + z * (1.0f / 40320))));
  uint32_t quadrant = turned >> 30;
  float c = quadrant & 1 ? sine : cosine, s = quadrant & 1 ? cosine : sine;
  if (quadrant == 1 || quadrant == 2) c = -c;
  if (quadrant & 2) s = -s;
  *first = radius * c;
  *second = radius * s;
}

#endif
