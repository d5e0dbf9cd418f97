/* e^x of vectors. */
#ifndef SN_BACKENDS_CPU_EXPONENTIAL_H
#define SN_BACKENDS_CPU_EXPONENTIAL_H

#include "backends/cpu/vector.h"

/* e^x to about 1e-7 of itself. Below -87 it is e^-87, and above 88 e^88; NaN stays NaN. x = n ln 2 + r with a whole n,
 * and e^r is its Taylor polynomial. */
static inline SnVector sn_exponential(SnVector x) {
  SnVector round = sn_repeat(0x1.8p23f);
  x = sn_vector_min(88, sn_vector_max(-87, x));
  SnVector shifted = sn_multiply_add(x, sn_repeat(1.44269504f), round), n = shifted - round;
  SnVector r = sn_multiply_add(n, sn_repeat(-0.693359375f), x);
  r = sn_multiply_add(n, sn_repeat(2.12194440e-4f), r);
  SnVector y = sn_repeat(1 / 5040.0f);
  y = sn_multiply_add(y, r, sn_repeat(1 / 720.0f));
  y = sn_multiply_add(y, r, sn_repeat(1 / 120.0f));
  y = sn_multiply_add(y, r, sn_repeat(1 / 24.0f));
  y = sn_multiply_add(y, r, sn_repeat(1 / 6.0f));
  y = sn_multiply_add(y, r, sn_repeat(0.5f));
  y = sn_multiply_add(y, r, sn_repeat(1));
  y = sn_multiply_add(y, r, sn_repeat(1));
  SnVectorBits power = ((SnVectorBits)shifted << 23) + (SnVectorBits)sn_repeat(1);
  return y * (SnVector)power;
}

#endif
