/* Vectors of numbers, packed into 32 bits each. */
#ifndef SN_BACKENDS_CPU_PACKED_QUANTIZE_H
#define SN_BACKENDS_CPU_PACKED_QUANTIZE_H

#include "backends/cpu/vector.h"

typedef struct SnQuantizer {
  float factor, least, most;
  uint32_t zero_point;
} SnQuantizer;

static inline SnQuantizer sn_quantizer(SnQuantization q) {
  return (SnQuantizer){q.scale > 0 ? 1 / q.scale : 0, (float)-q.zero_point, (float)(255 - q.zero_point),
                       (uint32_t)q.zero_point};
}

/* In the lowest byte of each lane. The sum with 1.5 * 2^23 leaves the whole number in the mantissa's last bits; what is
 * not a number becomes the least. */
SN_INLINE SnVectorBits sn_quantize(const SnQuantizer *q, SnVector x) {
  SnVector scaled = x * sn_repeat(q->factor);
  scaled = sn_choose(scaled == scaled, scaled, sn_repeat(q->least));
  scaled = sn_vector_min(q->most, sn_vector_max(q->least, scaled));
  return ((SnVectorBits)(scaled + sn_repeat(12582912)) + q->zero_point) & 0xFF;
}

/* Four channels as bytes, the first one's the lowest. */
SN_INLINE SnVector sn_quantize_four(const SnQuantizer *q, const SnVector x[4]) {
  return (SnVector)(sn_quantize(q, x[0]) | sn_quantize(q, x[1]) << 8 | sn_quantize(q, x[2]) << 16 |
                    sn_quantize(q, x[3]) << 24);
}

/* What byte `channel` of each lane stands for. */
SN_INLINE SnVector sn_dequantize(SnQuantization q, SnVector bytes, int channel) {
  SnVectorMask whole = (SnVectorMask)((SnVectorBits)bytes >> (8 * channel) & 0xFF) - q.zero_point;
  return __builtin_convertvector(whole, SnVector) * sn_repeat(q.scale);
}

/* Numbers in `unit` channels, 2: bfloat16. */
SN_INLINE SnVector sn_pack(const int64_t unit, const SnQuantizer *q, const SnVector x[4]) {
  return unit == 2 ? sn_pair_bfloat16(x[0], x[1]) : sn_quantize_four(q, x);
}

/* The product of four bytes with a sign (weight) and four without, added up with the sum in each lane. */
SN_INLINE SnVectorMask sn_multiply_add_bytes(SnVectorMask weight, SnVectorMask x, SnVectorMask sum) {
#if defined(__AVX512VNNI__)
  return (SnVectorMask)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)weight);
#elif SN_LANES == 16
  __m512i w = (__m512i)weight, b = (__m512i)x;
  __m512i even =
      _mm512_madd_epi16(_mm512_and_si512(b, _mm512_set1_epi16(0xFF)), _mm512_srai_epi16(_mm512_slli_epi16(w, 8), 8));
  __m512i odd = _mm512_madd_epi16(_mm512_srli_epi16(b, 8), _mm512_srai_epi16(w, 8));
  return sum + (SnVectorMask)even + (SnVectorMask)odd;
#elif SN_LANES == 8
  __m256i w = (__m256i)weight, b = (__m256i)x;
  __m256i even =
      _mm256_madd_epi16(_mm256_and_si256(b, _mm256_set1_epi16(0xFF)), _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8));
  __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(b, 8), _mm256_srai_epi16(w, 8));
  return sum + (SnVectorMask)even + (SnVectorMask)odd;
#else
  for (int c = 0; c < 4; c++)
    sum += ((SnVectorMask)((SnVectorBits)weight << (24 - 8 * c)) >> 24) *
           (SnVectorMask)((SnVectorBits)x >> (8 * c) & 0xFF);
  return sum;
#endif
}

#endif
