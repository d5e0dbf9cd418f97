/* The transforms of Winograd's minimal filtering F(m, 3) as Lavin and Gray ("Fast algorithms for convolutional neural
 * networks", CVPR 2016) give them: m results of a filter of 3 from m + 2 inputs d with m + 2 products,
 *
 *   y = A^T [(G g) * (B^T d)],  and in two dimensions  Y = A^T [(G g G^T) * (B^T d B)] A.
 */
#ifndef SN_BACKENDS_CPU_WINOGRAD_H
#define SN_BACKENDS_CPU_WINOGRAD_H

#include "backends/cpu/tile.h"

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

/* m + 2. */
static inline int sn_winograd_side(const SnFusedConv2d *options) {
  return options->algorithm == SN_CONVOLUTION_WINOGRAD_2 ? 4 : 6;
}

/* Channels, rounded up to whole tiles. */
static inline int64_t sn_winograd_padded(int64_t channels) {
  return sn_divide_up(channels, SN_TILE_WIDTH) * SN_TILE_WIDTH;
}

#endif
