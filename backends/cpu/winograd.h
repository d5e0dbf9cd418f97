/* The transforms of Winograd's minimal filtering F(m, 3) as Lavin and Gray ("Fast algorithms for convolutional neural
 * networks", CVPR 2016) give them: m results of a filter of 3 from m + 2 inputs d with m + 2 products,
 *
 *   y = A^T [(G g) * (B^T d)],  and in two dimensions  Y = A^T [(G g G^T) * (B^T d B)] A.
 */
#ifndef SN_BACKENDS_CPU_WINOGRAD_H
#define SN_BACKENDS_CPU_WINOGRAD_H

#include "backends/cpu/vector.h"

enum { SN_WINOGRAD_SIDE = 6 }; /* m + 2 at most */

/* B^T d, in place, for m = 2 or 4. */
SN_INLINE void sn_winograd_input(const int m, SnVector d[SN_WINOGRAD_SIDE]) {
  SnVector d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3];
  if (m == 2) {
    d[0] = d0 - d2;
    d[1] = d1 + d2;
    d[2] = d2 - d1;
    d[3] = d1 - d3;
    return;
  }
  SnVector d4 = d[4], d5 = d[5], four = sn_repeat(4), five = sn_repeat(5), two = sn_repeat(2);
  SnVector even = sn_multiply_add(-four, d2, d4), odd = sn_multiply_add(-four, d1, d3);
  SnVector rest = d4 - d2, twice = two * (d3 - d1);
  d[0] = sn_multiply_add(four, d0, sn_multiply_add(-five, d2, d4));
  d[1] = even + odd;
  d[2] = even - odd;
  d[3] = rest + twice;
  d[4] = rest - twice;
  d[5] = sn_multiply_add(four, d1, sn_multiply_add(-five, d3, d5));
}

/* A^T p, in place: the first m of d. */
SN_INLINE void sn_winograd_output(const int m, SnVector d[SN_WINOGRAD_SIDE]) {
  SnVector d0 = d[0], d3 = d[3], sum = d[1] + d[2], difference = d[1] - d[2];
  if (m == 2) {
    d[0] = d0 + sum;
    d[1] = difference - d3;
    return;
  }
  SnVector far_sum = d3 + d[4], far = d3 - d[4], d5 = d[5];
  d[0] = d0 + sum + far_sum;
  d[1] = sn_multiply_add(sn_repeat(2), far, difference);
  d[2] = sn_multiply_add(sn_repeat(4), far_sum, sum);
  d[3] = sn_multiply_add(sn_repeat(8), far, difference) + d5;
}

/* G g, for `count` = m + 2 = 4 or 6. */
static inline void sn_winograd_weight(int count, const double g[3], double out[SN_WINOGRAD_SIDE]) {
  static const double two[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  static const double four[6][3] = {{1. / 4, 0, 0},
                                    {-1. / 6, -1. / 6, -1. / 6},
                                    {-1. / 6, 1. / 6, -1. / 6},
                                    {1. / 24, 1. / 12, 1. / 6},
                                    {1. / 24, -1. / 12, 1. / 6},
                                    {0, 0, 1}};
  for (int i = 0; i < count; i++) {
    const double *row = count == 4 ? two[i] : four[i];
    out[i] = row[0] * g[0] + row[1] * g[1] + row[2] * g[2];
  }
}

#endif
