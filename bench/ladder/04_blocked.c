/* Rung 4: the product of rung 3 in blocks. A block of DEPTH x WIDE columns, 32 KiB, is copied together and stays in the
 * first-level cache while all outputs use it, so the matrix is read once and no longer once for each output. */
#include "bench/ladder/columns.h"

enum { DEPTH = 128, WIDE = 64 };

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* y [out][positions] += weight [out][all] block [depth][width] */
static void add_product(const float *weight, size_t out, size_t all, const float *block, size_t depth, size_t width,
                        float *y, size_t positions) {
  for (size_t o = 0; o < out; o++)
    for (size_t k = 0; k < depth; k++) {
      float w = weight[o * all + k];
      for (size_t j = 0; j < width; j++) y[o * positions + j] += w * block[k * WIDE + j];
    }
}

bool ladder_blocked(Problem *p) {
  size_t depth = (size_t)ladder_depth(p), positions = (size_t)ladder_positions(p), out = (size_t)p->out;
  float *columns = ladder_memory(p, LADDER_IMAGE, depth * positions), block[DEPTH * WIDE];
  if (!columns) return false;
  for (int n = 0; n < p->images; n++) {
    float *y = p->y + (size_t)n * out * positions;
    ladder_columns(p, n, columns);
    memset(y, 0, out * positions * sizeof(float));
    for (size_t first = 0; first < positions; first += WIDE)
      for (size_t top = 0; top < depth; top += DEPTH) {
        size_t width = smaller(WIDE, positions - first), rows = smaller(DEPTH, depth - top);
        for (size_t k = 0; k < rows; k++)
          memcpy(block + k * WIDE, columns + (top + k) * positions + first, width * sizeof(float));
        add_product(p->weight + top, out, depth, block, rows, width, y + first, positions);
      }
  }
  return true;
}
