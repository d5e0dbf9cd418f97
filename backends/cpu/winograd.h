/* The transforms of Winograd's minimal filtering F(m, 3) as Lavin and Gray ("Fast algorithms for convolutional neural
 * networks", CVPR 2016) give them: m results of a filter of 3 from m + 2 inputs d with m + 2 products,
 *
 *   y = A^T [(G g) * (B^T d)],  and in two dimensions  Y = A^T [(G g G^T) * (B^T d B)] A.
 *
 * With stride 2 the even inputs meet g0 and g2 only and the odd ones g1: F(2, 2) and two products, five instead of six.
 * A variant is named by its side, the inputs of a tile: 4 for m = 2, 5 for m = 2 with stride 2, 6 for m = 4.
 */
#ifndef SN_BACKENDS_CPU_WINOGRAD_H
#define SN_BACKENDS_CPU_WINOGRAD_H

#include "backends/cpu/tile.h"

enum { SN_WINOGRAD_SIDE = 6 }; /* at most */

/* B^T d, in place. */
SN_INLINE void sn_winograd_input(const int side, SnVector d[SN_WINOGRAD_SIDE]) {
  SnVector d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3];
  if (side == 5) {
    d[0] = d0 - d2;
    d[1] = d2;
    d[2] = d2 - d[4];
    d[3] = d1;
    d[4] = d3;
    return;
  }
  if (side == 4) {
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
SN_INLINE void sn_winograd_output(const int side, SnVector d[SN_WINOGRAD_SIDE]) {
  SnVector d0 = d[0], d3 = d[3], sum = d[1] + d[2], difference = d[1] - d[2];
  if (side == 5) {
    d[0] = d0 + d[1] + d3;
    d[1] = difference + d[4];
    return;
  }
  if (side == 4) {
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

static inline int sn_winograd_side(const SnFusedConv2d *options) {
  if (options->algorithm == SN_CONVOLUTION_WINOGRAD_4) return 6;
  return options->conv2d.stride[0] == 2 ? 5 : 4;
}

/* m: along one side of a tile. */
SN_INLINE int sn_winograd_outputs(const int side) { return side == 6 ? 4 : 2; }

/* Channels, rounded up to whole tiles. */
static inline int64_t sn_winograd_padded(int64_t channels) {
  return sn_divide_up(channels, SN_TILE_WIDTH) * SN_TILE_WIDTH;
}

#endif
