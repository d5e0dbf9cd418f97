/* The heart of convolution: a small tile of a matrix product, held in registers. */
#ifndef SN_BACKENDS_CPU_TILE_H
#define SN_BACKENDS_CPU_TILE_H

#include "backends/cpu/cpu.h"
#include "backends/cpu/vector.h"

/* A tile is up to SN_TILE_ROWS rows of SN_TILE_WIDTH columns: as many as the registers hold. */
#define SN_TILE_ROWS (SN_LANES == 16 ? 12 : 6)
#define SN_TILE_WIDTH (2 * SN_LANES)

/* CASE(rows) for each number of rows that a tile may have, so that the compiler keeps the sums of each in registers. */
/* clang-format off */
#if SN_LANES == 16
#define SN_TILE_CASES(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#else
#define SN_TILE_CASES(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#endif
/* clang-format on */

/* Memory that will be read next, to be fetched into the cache meanwhile: `step` floats at each step of depth. */
typedef struct SnAhead {
  const float *from;
  int64_t step;
} SnAhead;

/* c [rows, width] = a [rows, depth] b [depth, SN_TILE_WIDTH]; rows of a and c begin a_pitch and c_pitch floats apart,
 * rows of b follow one another. Where width < SN_TILE_WIDTH, what is behind it in c is undefined. */
void SN_CPU(tile_product)(int rows, int64_t width, int64_t depth, const float *a, int64_t a_pitch, const float *b,
                          float *c, int64_t c_pitch, SnAhead ahead);

/* How many groups of at most SN_TILE_ROWS rows n rows are shared out to; group g begins at sn_part(n, groups, g). Many
 * rows make a multiple of four groups, so that they can be cut into equal parts. */
static inline int64_t sn_tile_groups(int64_t n) {
  int64_t groups = sn_divide_up(n, SN_TILE_ROWS);
  return groups < 8 ? groups : sn_divide_up(groups, 4) * 4;
}

#endif
