/* Vectors of SN_LANES floats, as wide as the instruction set that a file is compiled for has them. Arithmetic operators
 * work on them lane by lane. */
#ifndef SN_BACKENDS_CPU_VECTOR_H
#define SN_BACKENDS_CPU_VECTOR_H

#include <stdint.h>

#include "backends/kernels.h"
#include "base/sanitizer.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define SN_LANES 16
#define SN_INTERLEAVED_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SN_INTERLEAVED_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define SN_EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define SN_ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define SN_PAIRS_DOWNWARDS \
  31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define SN_LANES 8
#define SN_INTERLEAVED_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define SN_INTERLEAVED_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#define SN_EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define SN_ODD 1, 3, 5, 7, 9, 11, 13, 15
#else
#define SN_LANES 4
#define SN_INTERLEAVED_LOW 0, 4, 1, 5
#define SN_INTERLEAVED_HIGH 2, 6, 3, 7
#define SN_EVEN 0, 2, 4, 6
#define SN_ODD 1, 3, 5, 7
#endif

typedef float SnVector __attribute__((vector_size(SN_LANES * 4)));
typedef int32_t SnVectorMask __attribute__((vector_size(SN_LANES * 4)));
typedef uint32_t SnVectorBits __attribute__((vector_size(SN_LANES * 4)));
typedef float SnVectorInMemory __attribute__((vector_size(SN_LANES * 4), aligned(4), may_alias));

/* For functions that take constants by which loops unroll. Not where a sanitizer watches every access: there clang
 * takes minutes for a file, and what it sees is the same. */
#if SN_SANITIZED
#define SN_INLINE __attribute__((unused)) static
#else
#define SN_INLINE static inline __attribute__((always_inline))
#endif

/* Before a loop of a constant number of rounds: compilers leave those of many alone, and the sums in memory. */
#if SN_SANITIZED
#define SN_UNROLLED
#elif defined(__clang__)
#define SN_UNROLLED _Pragma("clang loop unroll(full)")
#else
#define SN_UNROLLED _Pragma("GCC unroll 32")
#endif

static inline SnVector sn_load(const float *from) { return *(const SnVectorInMemory *)from; }
static inline void sn_store(float *to, SnVector v) { *(SnVectorInMemory *)to = v; }

#if SN_LANES == 16
static inline SnVector sn_repeat(float x) { return _mm512_set1_ps(x); }
#elif SN_LANES == 8
static inline SnVector sn_repeat(float x) { return _mm256_set1_ps(x); }
#else
static inline SnVector sn_repeat(float x) { return (SnVector){x, x, x, x}; }
#endif

/* a b + c, rounded once where the instruction set can. */
static inline SnVector sn_multiply_add(SnVector a, SnVector b, SnVector c) {
#if SN_LANES == 16
  return _mm512_fmadd_ps(a, b, c);
#elif SN_LANES == 8
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

/* Two bfloat16 a lane: of `low` in the lower half, of `high` in the upper one. Rounded to nearest even; NaN stays NaN.
 * AVX512_BF16 takes subnormal numbers as zero. */
static inline SnVector sn_pair_bfloat16(SnVector low, SnVector high) {
#if defined(__AVX512BF16__)
  const __m512i interleaved = _mm512_set_epi16(SN_PAIRS_DOWNWARDS);
  return (SnVector)_mm512_permutexvar_epi16(interleaved, (__m512i)_mm512_cvtne2ps_pbh(high, low));
#else
  SnVector halves[2] = {low, high};
  SnVectorBits rounded[2];
  for (int i = 0; i < 2; i++) {
    SnVectorBits bits = (SnVectorBits)halves[i], nan = (SnVectorBits)(halves[i] != halves[i]);
    rounded[i] = ((bits | 0x400000) & nan) | ((bits + 0x7FFF + (bits >> 16 & 1)) & ~nan);
  }
  return (SnVector)(rounded[0] >> 16 | (rounded[1] & 0xFFFF0000));
#endif
}

/* c and the products of the pairs of bfloat16 in a and b, the upper halves' first. Products are exact in float32, so
 * that every instruction set gives the same bits, except that VDPBF16PS takes subnormal numbers as zero. */
static inline SnVector sn_multiply_add_pairs(SnVector a, SnVector b, SnVector c) {
#if defined(__AVX512BF16__)
  return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
#else
  SnVectorBits x = (SnVectorBits)a, y = (SnVectorBits)b;
  c = sn_multiply_add((SnVector)(x & 0xFFFF0000), (SnVector)(y & 0xFFFF0000), c);
  return sn_multiply_add((SnVector)(x << 16), (SnVector)(y << 16), c);
#endif
}

/* Where the mask is set (all bits of a lane) yes, elsewhere no. */
static inline SnVector sn_choose(SnVectorMask mask, SnVector yes, SnVector no) {
  return (SnVector)(((SnVectorMask)yes & mask) | ((SnVectorMask)no & ~mask));
}

/* The larger, or the smaller, of b and a number; b where it is NaN. */
static inline SnVector sn_vector_max(float a, SnVector b) {
#if SN_LANES == 16
  return _mm512_max_ps(sn_repeat(a), b);
#elif SN_LANES == 8
  return _mm256_max_ps(sn_repeat(a), b);
#else
  return sn_choose(b < sn_repeat(a), sn_repeat(a), b);
#endif
}

static inline SnVector sn_vector_min(float a, SnVector b) {
#if SN_LANES == 16
  return _mm512_min_ps(sn_repeat(a), b);
#elif SN_LANES == 8
  return _mm256_min_ps(sn_repeat(a), b);
#else
  return sn_choose(b > sn_repeat(a), sn_repeat(a), b);
#endif
}

/* Every other lane of the two, from the first. */
static inline SnVector sn_even(SnVector a, SnVector b) { return __builtin_shufflevector(a, b, SN_EVEN); }

/* And from the second. */
static inline SnVector sn_odd(SnVector a, SnVector b) { return __builtin_shufflevector(a, b, SN_ODD); }

/* SN_LANES vectors as a matrix, transposed: each step puts the rows of the two halves between one another. */
static inline void sn_transpose(SnVector row[SN_LANES]) {
  for (int step = 1; step < SN_LANES; step *= 2) {
    SnVector next[SN_LANES];
    for (int i = 0; i < SN_LANES / 2; i++) {
      next[2 * i] = __builtin_shufflevector(row[i], row[i + SN_LANES / 2], SN_INTERLEAVED_LOW);
      next[2 * i + 1] = __builtin_shufflevector(row[i], row[i + SN_LANES / 2], SN_INTERLEAVED_HIGH);
    }
    for (int i = 0; i < SN_LANES; i++) row[i] = next[i];
  }
}

#endif
