/* Rung 11: Winograd's F(4x4, 3x3): 16 outputs from a tile of 6 x 6 with 36 products in place of 144, four times fewer.
 * The transforms have more sums, and factors up to 8, which cost a digit of precision. */
#include "bench/ladder/winograd.h"

/* B^T d. */
WINOGRAD_LANES input_lanes(const float *const *from, float *const *to, int count) {
  const float *d0 = from[0], *d1 = from[1], *d2 = from[2], *d3 = from[3], *d4 = from[4], *d5 = from[5];
  float *t0 = to[0], *t1 = to[1], *t2 = to[2], *t3 = to[3], *t4 = to[4], *t5 = to[5];
  WINOGRAD_INDEPENDENT
  for (int i = 0; i < count; i++) {
    float even = d4[i] - 4 * d2[i], odd = d3[i] - 4 * d1[i], rest = d4[i] - d2[i], twice = 2 * (d3[i] - d1[i]);
    t0[i] = 4 * d0[i] - 5 * d2[i] + d4[i];
    t1[i] = even + odd;
    t2[i] = even - odd;
    t3[i] = rest + twice;
    t4[i] = rest - twice;
    t5[i] = 4 * d1[i] - 5 * d3[i] + d5[i];
  }
}

/* A^T m. */
WINOGRAD_LANES output_lanes(const float *const *from, float *const *to, int count) {
  const float *m0 = from[0], *m1 = from[1], *m2 = from[2], *m3 = from[3], *m4 = from[4], *m5 = from[5];
  float *y0 = to[0], *y1 = to[1], *y2 = to[2], *y3 = to[3];
  WINOGRAD_INDEPENDENT
  for (int i = 0; i < count; i++) {
    float sum = m1[i] + m2[i], difference = m1[i] - m2[i], far_sum = m3[i] + m4[i], far = m3[i] - m4[i];
    y0[i] = m0[i] + sum + far_sum;
    y1[i] = difference + 2 * far;
    y2[i] = sum + 4 * far_sum;
    y3[i] = difference + 8 * far + m5[i];
  }
}

WINOGRAD_TRANSFORM(input)
WINOGRAD_TRANSFORM(output)

bool ladder_winograd_4(Problem *p) {
  static const float g[6][3] = {{0.25f, 0, 0},
                                {-1.0f / 6, -1.0f / 6, -1.0f / 6},
                                {-1.0f / 6, 1.0f / 6, -1.0f / 6},
                                {1.0f / 24, 1.0f / 12, 1.0f / 6},
                                {1.0f / 24, -1.0f / 12, 1.0f / 6},
                                {0, 0, 1}};
  return ladder_winograd(p, &(Winograd){4, g, input(), output()});
}
