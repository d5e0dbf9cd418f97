/* The two 16-bit floating-point formats, as bits: IEEE 754 binary16 (PyTorch's float16) and bfloat16, the upper half of
 * a float32. Both widen exactly to float32. Rounding is to nearest, ties to even, and from the double at once, so that
 * a float32 (exact as a double) and a float64 are each rounded only once. Overflow gives infinity, NaN stays a quiet
 * NaN.
 */
#ifndef SN_BACKENDS_FLOAT16_H
#define SN_BACKENDS_FLOAT16_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "backends/inline.h"

SN_HOST_DEVICE float sn_float_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

SN_HOST_DEVICE float sn_float_from_bfloat16(uint16_t bits) { return sn_float_from_bits((uint32_t)bits << 16); }

/* Exponent and fraction in float32's places stand for a value 2^112 too small, the difference of the two biases; the
 * multiplication mends that, for subnormal numbers too. */
SN_HOST_DEVICE float sn_float_from_float16(uint16_t bits) {
  uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7FFF;
  if (rest >= 0x7C00) return sn_float_from_bits(sign | 0x7F800000 | rest << 13);
  float magnitude = sn_float_from_bits(rest << 13) * 0x1p112f;
  return sign ? -magnitude : magnitude;
}

/* A sign bit, then an exponent of the given bias, then a fraction of the given bits, 16 in all. Numbers of one exponent
 * are evenly spaced, so rounding is counting spaces; a count that reaches the next power of two carries into the
 * exponent, and from the largest exponent into infinity. */
SN_HOST_DEVICE uint16_t sn_round_to_16_bits(double value, int bias, int fraction_bits) {
  int sign = signbit(value) ? 0x8000 : 0, infinity = (2 * bias + 1) << fraction_bits, smallest = 1 - bias;
  double magnitude = fabs(value);
  if (isnan(value)) return (uint16_t)(sign | infinity | 1 << (fraction_bits - 1));
  if (magnitude >= ldexp(1.0, bias + 1)) return (uint16_t)(sign | infinity);
  int exponent;
  frexp(magnitude, &exponent);
  exponent--; /* frexp's fraction starts at 1/2, ours at 1 */
  if (magnitude == 0 || exponent < smallest) exponent = smallest;
  int spaces = (int)nearbyint(ldexp(magnitude, fraction_bits - exponent));
  return (uint16_t)(sign | (((exponent - smallest) << fraction_bits) + spaces));
}

SN_HOST_DEVICE uint16_t sn_float16_from_double(double value) { return sn_round_to_16_bits(value, 15, 10); }

SN_HOST_DEVICE uint16_t sn_bfloat16_from_double(double value) { return sn_round_to_16_bits(value, 127, 7); }

#endif
