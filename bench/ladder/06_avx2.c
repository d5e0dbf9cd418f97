/* Rung 6: the tile in AVX2. Registers hold eight floats, and one instruction (FMA) multiplies and adds. A multiply-add
 * takes four cycles and two can begin in each, so at least eight sums must be on their way at once: 4 outputs x 3
 * vectors of positions are twelve. With three vectors of the image and one of weights, all sixteen registers are used.
 * The function alone is compiled for AVX2; it is called where the processor has it. */
#include "bench/ladder/tile.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { ROWS = 4, VECTORS = 3, LANES = 8 };

__attribute__((target("avx2,fma"))) static void multiply(int depth, const float *a, const float *b, const int *offset,
                                                         float *c, size_t pitch) {
  __m256 sum[ROWS][VECTORS], neighbours[VECTORS];
  TILE_UNROLLED
  for (int r = 0; r < ROWS; r++) {
    TILE_UNROLLED
    for (int j = 0; j < VECTORS; j++) sum[r][j] = _mm256_setzero_ps();
  }
  for (int k = 0; k < depth; k++, a += ROWS) {
    TILE_UNROLLED
    for (int j = 0; j < VECTORS; j++) neighbours[j] = _mm256_loadu_ps(b + offset[k] + j * LANES);
    TILE_UNROLLED
    for (int r = 0; r < ROWS; r++) {
      __m256 weight = _mm256_broadcast_ss(a + r);
      TILE_UNROLLED
      for (int j = 0; j < VECTORS; j++) sum[r][j] = _mm256_fmadd_ps(weight, neighbours[j], sum[r][j]);
    }
  }
  TILE_UNROLLED
  for (int r = 0; r < ROWS; r++) {
    TILE_UNROLLED
    for (int j = 0; j < VECTORS; j++) _mm256_storeu_ps(c + (size_t)r * pitch + j * LANES, sum[r][j]);
  }
}

const Tile ladder_tile_avx2 = {.rows = ROWS, .columns = VECTORS * LANES, .multiply = multiply};

bool ladder_has_avx2(void) {
  return ladder_is_allowed("avx2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
const Tile ladder_tile_avx2 = {0};
bool ladder_has_avx2(void) { return false; }
#endif

bool ladder_avx2(Problem *p) { return ladder_tiled(p, &ladder_tile_avx2); }
