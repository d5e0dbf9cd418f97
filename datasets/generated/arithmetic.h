/* Arithmetic that gives the same bits everywhere: + - * / and sqrt are correctly rounded, libm's sin and pow are not.
 */
#ifndef SN_DATASETS_GENERATED_ARITHMETIC_H
#define SN_DATASETS_GENERATED_ARITHMETIC_H

#include <math.h>

static inline float sn_clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }
static inline float sn_larger(float a, float b) { return a > b ? a : b; }
static inline float sn_smaller(float a, float b) { return a < b ? a : b; }
static inline float sn_absolute(float x) { return x < 0 ? -x : x; }
static inline float sn_mix(float a, float b, float t) { return a + (b - a) * t; }
static inline float sn_length(float x, float y) { return sqrtf(x * x + y * y); }

/* 0 up to `from`, 1 after `to`, smooth between; from > to falls instead. */
static inline float sn_step(float from, float to, float x) {
  float t = sn_clamp((x - from) / (to - from), 0, 1);
  return t * t * (3 - 2 * t);
}

/* 1 at 0, 0 from |x| = 1 on, smooth: a bell without exp. */
static inline float sn_bell(float x) {
  float t = 1 - x * x;
  return t > 0 ? t * t * t : 0;
}

/* The largest integer not above x, for |x| < 2^31. */
static inline int sn_floor(float x) {
  int i = (int)x;
  return i - (x < (float)i);
}

/* The part after the point, in [0, 1]. */
static inline float sn_fraction(float x) { return x - (float)sn_floor(x); }

/* sin(2 pi turns): folded into a quarter turn around 0, then its series; absolute error below 4e-6. */
static inline float sn_sine(float turns) {
  float t = turns - (float)sn_floor(turns + 0.5f);
  if (t > 0.25f) t = 0.5f - t;
  if (t < -0.25f) t = -0.5f - t;
  float x = 6.28318531f * t, z = x * x;
  return x * (1 + z * (-1.0f / 6 + z * (1.0f / 120 + z * (-1.0f / 5040 + z * (1.0f / 362880)))));
}

static inline float sn_cosine(float turns) { return sn_sine(turns + 0.25f); }

/* The angle of (x, y) in turns, in (-1/2, 1/2]: an odd polynomial for atan on [0, 1], absolute error below 2e-6. */
static inline float sn_angle(float x, float y) {
  float ax = sn_absolute(x), ay = sn_absolute(y);
  float large = sn_larger(ax, ay), small = sn_smaller(ax, ay);
  float t = large > 0 ? small / large : 0, z = t * t;
  float a = t * (0.99997726f +
                 z * (-0.33262347f + z * (0.19354346f + z * (-0.11643287f + z * (0.05265332f - 0.01172120f * z)))));
  a *= 0.159154943f;
  if (ay > ax) a = 0.25f - a;
  if (x < 0) a = 0.5f - a;
  return y < 0 ? -a : a;
}

#endif
