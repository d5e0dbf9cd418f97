/* Rung 7: the tile in AVX-512: sixteen floats a register and 32 registers. 8 outputs x 2 vectors of positions are
 * sixteen sums; each step loads two vectors of the image and eight weights for sixteen multiply-adds. */
#include "bench/ladder/tile.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { ROWS = TILE_ROWS, VECTORS = 2, LANES = 16 };

__attribute__((target("avx512f"))) static void multiply(int depth, const float *a, const float *b, const int *offset,
                                                        float *c, size_t pitch) {
  __m512 sum[ROWS][VECTORS], neighbours[VECTORS];
  TILE_UNROLLED
  for (int r = 0; r < ROWS; r++) {
    TILE_UNROLLED
    for (int j = 0; j < VECTORS; j++) sum[r][j] = _mm512_setzero_ps();
  }
  for (int k = 0; k < depth; k++, a += ROWS) {
    TILE_UNROLLED
    for (int j = 0; j < VECTORS; j++) neighbours[j] = _mm512_loadu_ps(b + offset[k] + j * LANES);
    TILE_UNROLLED
    for (int r = 0; r < ROWS; r++) {
      __m512 weight = _mm512_set1_ps(a[r]);
      TILE_UNROLLED
      for (int j = 0; j < VECTORS; j++) sum[r][j] = _mm512_fmadd_ps(weight, neighbours[j], sum[r][j]);
    }
  }
  TILE_UNROLLED
  for (int r = 0; r < ROWS; r++) {
    TILE_UNROLLED
    for (int j = 0; j < VECTORS; j++) _mm512_storeu_ps(c + (size_t)r * pitch + j * LANES, sum[r][j]);
  }
}

const Tile ladder_tile_avx512 = {.rows = ROWS, .columns = VECTORS * LANES, .multiply = multiply};

bool ladder_has_avx512(void) { return ladder_is_allowed("avx512") && __builtin_cpu_supports("avx512f"); }
#else
const Tile ladder_tile_avx512 = {0};
bool ladder_has_avx512(void) { return false; }
#endif

bool ladder_avx512(Problem *p) { return ladder_tiled(p, &ladder_tile_avx512); }
