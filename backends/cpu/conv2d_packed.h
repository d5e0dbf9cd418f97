/* What products of bfloat16 share: convolution (conv2d_packed.c), matrices (product_pairs.c), and the tiles that both
 * consist of (packed_tile.c). */
#ifndef SN_BACKENDS_CPU_CONV2D_PACKED_H
#define SN_BACKENDS_CPU_CONV2D_PACKED_H

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/tile.h"

#if defined(__AMX_BF16__) || defined(__AMXBF16__) /* clang 14's name */
#define SN_PACKED_AMX 1
#else
#define SN_PACKED_AMX 0
#endif

enum { SN_PACKED_UNIT = 2 }; /* bfloat16 in the 32 bits of a step */

/* A tile is up to SN_PACKED_ROWS outputs at SN_TILE_WIDTH positions. It takes SN_PACKED_STEPS steps of depth at a time,
 * which lie equally far apart in the image: AMX multiplies by as many at once. */
#define SN_PACKED_ROWS (SN_PACKED_AMX ? 32 : SN_TILE_ROWS)
#define SN_PACKED_STEPS (SN_PACKED_AMX ? 16 : 1)

typedef struct SnPackedTile {
  const float *weight; /* as sn_packed_weight places it */
  const float *x;
  const int64_t *places; /* of every SN_PACKED_STEPS steps: where the first one's positions begin in x */
  int64_t count;         /* of places */
  int64_t pitch;         /* from a step to the next, in x */
} SnPackedTile;

/* sums [SN_PACKED_ROWS, SN_TILE_WIDTH] = weight times x; those of rows from `rows` on are undefined. Between
 * packed_begin and packed_end, which a thread calls around its tiles. */
void SN_CPU(packed_tile)(const SnPackedTile *tile, int rows, float *sums);
/* To be asked before: false where the system does not give what tiles need. */
bool SN_CPU(packed_works)(void);
void SN_CPU(packed_begin)(void);
void SN_CPU(packed_end)(void);

/* Where a tile's weight of row r, of `rows`, at step k is. */
static inline int64_t sn_packed_weight(int64_t r, int64_t rows, int64_t k) {
  if (!SN_PACKED_AMX) return k * rows + r;
  return (k / 16 * 2 + r / 16) * 256 + r % 16 * 16 + k % 16; /* two squares of 16 rows and 16 steps side by side */
}

/* Floats of a tile's weights. */
static inline int64_t sn_packed_weights(int64_t rows, int64_t steps) {
  return SN_PACKED_AMX ? 32 * steps : rows * steps;
}

#endif
