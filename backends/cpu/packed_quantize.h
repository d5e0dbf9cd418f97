/* Vectors of numbers, packed into 32 bits each. */
#ifndef SN_BACKENDS_CPU_PACKED_QUANTIZE_H
#define SN_BACKENDS_CPU_PACKED_QUANTIZE_H

#include "backends/cpu/vector.h"

typedef struct SnQuantizer {
  float factor, most;
  int32_t zero_point;
} SnQuantizer;

static inline SnQuantizer sn_quantizer(SnQuantization q) {
  return (SnQuantizer){q.scale > 0 ? 1 / q.scale : 0, (float)(255 - q.zero_point), q.zero_point};
}

#if SN_LANES == 16
/* In each 128 bits, four positions of a channel after those of another become four channels of a position. */
#define SN_EPI(NAME) _mm512_##NAME
#define SN_SHUFFLE _mm512_set4_epi32(0x0F0B0703, 0x0E0A0602, 0x0D090501, 0x0C080400)
typedef __m512i SnInteger;
#elif SN_LANES == 8
#define SN_EPI(NAME) _mm256_##NAME
#define SN_SHUFFLE \
  _mm256_set_epi32(0x0F0B0703, 0x0E0A0602, 0x0D090501, 0x0C080400, 0x0F0B0703, 0x0E0A0602, 0x0D090501, 0x0C080400)
typedef __m256i SnInteger;
#endif

/* x of four channels as bytes, the first one's the lowest. What is not a number becomes 0. */
#if SN_LANES > 4
/* The conversion rounds to even and makes NaN the least number, and packing cuts off at the ends. */
SN_INLINE SnVector sn_quantize_four(const SnQuantizer *q, const SnVector x[4]) {
  SnInteger whole[4], zero_point = SN_EPI(set1_epi16)((short)q->zero_point);
  for (int c = 0; c < 4; c++)
    whole[c] = SN_EPI(cvtps_epi32)(SN_EPI(min_ps)(sn_repeat(q->most), x[c] * sn_repeat(q->factor)));
  SnInteger low = SN_EPI(adds_epi16)(SN_EPI(packs_epi32)(whole[0], whole[1]), zero_point);
  SnInteger high = SN_EPI(adds_epi16)(SN_EPI(packs_epi32)(whole[2], whole[3]), zero_point);
  return (SnVector)SN_EPI(shuffle_epi8)(SN_EPI(packus_epi16)(low, high), SN_SHUFFLE);
}
#else
/* The sum with 1.5 * 2^23 leaves the whole number in the mantissa's last bits. */
SN_INLINE SnVector sn_quantize_four(const SnQuantizer *q, const SnVector x[4]) {
  SnVectorBits bytes = {0};
  SnVector least = sn_repeat((float)-q->zero_point);
  for (int c = 0; c < 4; c++) {
    SnVector scaled = x[c] * sn_repeat(q->factor);
    scaled = sn_vector_min(q->most, sn_choose(scaled > least, scaled, least));
    bytes |= (((SnVectorBits)(scaled + sn_repeat(12582912)) + (uint32_t)q->zero_point) & 0xFF) << (8 * c);
  }
  return (SnVector)bytes;
}
#endif

/* What byte `channel` of each lane stands for. */
SN_INLINE SnVector sn_dequantize(SnQuantization q, SnVector bytes, int channel) {
  SnVectorMask whole = (SnVectorMask)((SnVectorBits)bytes >> (8 * channel) & 0xFF);
  if (q.zero_point != 0) whole -= q.zero_point;
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
#elif SN_LANES > 4
  SnInteger w = (SnInteger)weight, even_x = (SnInteger)(x & 0x00FF00FF), odd_x = SN_EPI(srli_epi16)((SnInteger)x, 8);
  SnInteger even = SN_EPI(madd_epi16)(even_x, SN_EPI(srai_epi16)(SN_EPI(slli_epi16)(w, 8), 8));
  SnInteger odd = SN_EPI(madd_epi16)(odd_x, SN_EPI(srai_epi16)(w, 8));
  return sum + (SnVectorMask)even + (SnVectorMask)odd;
#else
  for (int c = 0; c < 4; c++)
    sum += ((SnVectorMask)((SnVectorBits)weight << (24 - 8 * c)) >> 24) *
           (SnVectorMask)((SnVectorBits)x >> (8 * c) & 0xFF);
  return sum;
#endif
}

#endif
