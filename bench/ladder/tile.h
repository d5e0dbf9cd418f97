/* A tile: a few rows and columns of a matrix product whose sums stay in registers over the whole depth. */
#ifndef SN_BENCH_LADDER_TILE_H
#define SN_BENCH_LADDER_TILE_H

#include "base/sanitizer.h"
#include "bench/ladder/ladder.h"

enum { TILE_ROWS = 8, TILE_COLUMNS = 32 }; /* of the largest tile */

/* Before a loop over sums: compilers that unroll it too late leave the sums in memory, and store them at each step. */
#if SN_SANITIZED
#define TILE_UNROLLED
#elif defined(__clang__)
#define TILE_UNROLLED _Pragma("clang loop unroll(full)")
#else
#define TILE_UNROLLED _Pragma("GCC unroll 8")
#endif

typedef struct Tile {
  int rows, columns;
  /* c [rows][pitch] = a [rows] b [columns], summed up over the depth: step k takes a[k * rows + r], the weights of
   * `rows` outputs, and b[offset[k] + j], `columns` neighbours. */
  void (*multiply)(int depth, const float *a, const float *b, const int *offset, float *c, size_t pitch);
} Tile;

extern const Tile ladder_tile_portable, ladder_tile_avx2, ladder_tile_avx512;

/* Whether this processor has the instructions, and SIMPLENET_CPU (avx2, portable) does not forbid them. */
bool ladder_has_avx2(void), ladder_has_avx512(void);
bool ladder_is_allowed(const char *instructions);

/* The largest tile that this processor has. */
const Tile *ladder_best_tile(void);

/* Weights of `out` outputs for tiles: panels [out / rows, rounded up][depth][rows], zeros behind the last output. That
 * of output o and step k is weight[o * depth + k]. */
size_t ladder_packed_count(const Tile *tile, int out, int depth);
void ladder_pack(const Tile *tile, int out, int depth, const float *weight, float *packed);

/* c [out][pitch], `columns` of it (at most the tile's), by as many tiles below one another as there are outputs. Of b
 * all the tile's columns are read, also those that do not exist. */
void ladder_multiply(const Tile *tile, int out, int depth, const float *packed, const float *b, const int *offset,
                     int columns, float *c, size_t pitch);

/* Rungs 5 to 7: im2col and a product by tiles. */
bool ladder_tiled(Problem *p, const Tile *tile);

#endif
