/* Activations of vectors, for kernels of their own and at the end of fused convolutions. NaN passes through. */
#ifndef SN_BACKENDS_CPU_ACTIVATIONS_H
#define SN_BACKENDS_CPU_ACTIVATIONS_H

#include "backends/cpu/exponential.h"

/* min(max(x, low), high) */
static inline SnVector sn_vector_clamp(SnVector x, float low, float high) {
  return sn_vector_min(high, sn_vector_max(low, x));
}

static inline SnVector sn_vector_leaky_relu(SnVector x, SnVector slope) {
#if SN_LANES == 16
  return _mm512_mask_mul_ps(x, _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LE_OQ), x, slope);
#else
  return sn_choose(x <= sn_repeat(0), slope * x, x);
#endif
}

static inline SnVector sn_vector_relu(SnVector x) {
#if SN_LANES == 16
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NLE_UQ), x);
#else
  return sn_choose(x <= sn_repeat(0), sn_repeat(0), x);
#endif
}

static inline SnVector sn_vector_relu6(SnVector x) { return sn_vector_clamp(x, 0, 6); }

/* 1 / x to 2e-7 of itself, for x from 1 to 2^126: with AVX-512 a division takes longer than an estimate and a step of
 * Newton's. */
static inline SnVector sn_vector_reciprocal(SnVector x) {
#if SN_LANES == 16
  SnVector r = _mm512_rcp14_ps(x);
  return sn_multiply_add(r, sn_multiply_add(-x, r, sn_repeat(1)), r);
#else
  return sn_repeat(1) / x;
#endif
}

static inline SnVector sn_vector_sigmoid(SnVector x) { return sn_repeat(1) / (sn_repeat(1) + sn_exponential(-x)); }

static inline SnVector sn_vector_silu(SnVector x) {
  return x * sn_vector_reciprocal(sn_repeat(1) + sn_exponential(sn_vector_min(87, -x)));
}

static inline SnVector sn_vector_hard_sigmoid(SnVector x) {
  return sn_vector_clamp(x + sn_repeat(3), 0, 6) * sn_repeat(1 / 6.0f);
}

static inline SnVector sn_vector_hard_swish(SnVector x) { return x * sn_vector_hard_sigmoid(x); }

/* P(X <= x) of a standard normal X, to 2e-7 of itself where x is not far below 0. With z = |x| / sqrt 2 and
 * t = 1 / (1 + z / 2), erfc(z) = t exp(-z^2 + p(t)) with the polynomial p of W. Press and others, Numerical Recipes
 * (1992), chapter 6.2. */
static inline SnVector sn_normal_distribution(SnVector x) {
  static const float p[] = {0.17087277f,  -0.82215223f, 1.48851587f, -1.13520398f, 0.27886807f,
                            -0.18628806f, 0.09678418f,  0.37409196f, 1.00002368f,  -1.26551223f};
  SnVector z = sn_vector_min(1e18f, sn_choose(x < sn_repeat(0), -x, x) * sn_repeat(0.70710678f));
  SnVector t = sn_vector_reciprocal(sn_multiply_add(z, sn_repeat(0.5f), sn_repeat(1))), sum = sn_repeat(p[0]);
  for (int i = 1; i < 10; i++) sum = sn_multiply_add(sum, t, sn_repeat(p[i]));
  SnVector half = sn_repeat(0.5f) * t * sn_exponential(sn_multiply_add(-z, z, sum));
  return sn_choose(x < sn_repeat(0), half, sn_repeat(1) - half);
}

static inline SnVector sn_vector_gelu(SnVector x) { return x * sn_normal_distribution(x); }

#endif
