/* Rung 5: a tile of 4 outputs x 8 positions in registers. Rung 4 loads and stores a sum for every product; here 32 sums
 * stay where they are from the first step of the depth to the last, and each step loads 8 numbers of the image and 4
 * weights for 32 products. This is C for every processor: gcc and clang know vectors of four floats, and on x86-64 they
 * are the registers that each such processor has. */
#include "bench/ladder/tile.h"

enum { ROWS = 4, VECTORS = 2, LANES = 4 };
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float)))); /* + and * work lane by lane */
typedef float LanesInMemory __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

static void multiply(int depth, const float *a, const float *b, const int *offset, float *c, size_t pitch) {
  Lanes sum[ROWS][VECTORS] = {{{0}}};
  for (int k = 0; k < depth; k++, a += ROWS) {
    const LanesInMemory *neighbours = (const LanesInMemory *)(b + offset[k]);
    Lanes first = neighbours[0], second = neighbours[1];
    TILE_UNROLLED
    for (int r = 0; r < ROWS; r++) {
      sum[r][0] += a[r] * first;
      sum[r][1] += a[r] * second;
    }
  }
  TILE_UNROLLED
  for (int r = 0; r < ROWS; r++) {
    TILE_UNROLLED
    for (int j = 0; j < VECTORS; j++) *(LanesInMemory *)(c + (size_t)r * pitch + j * LANES) = sum[r][j];
  }
}

const Tile ladder_tile_portable = {.rows = ROWS, .columns = VECTORS * LANES, .multiply = multiply};

bool ladder_portable_tile(Problem *p) { return ladder_tiled(p, &ladder_tile_portable); }
