/* Rung 4: the product of rung 3 in blocks. A block of DEPTH x WIDE columns, 32 KiB, stays in the first-level cache
 * while all outputs use it, so memory is read once and no longer once for each output. */
#include "bench/ladder/columns.h"

enum { DEPTH = 64, WIDE = 128 };

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

bool ladder_blocked(Problem *p) {
  size_t depth = (size_t)ladder_depth(p), positions = (size_t)ladder_positions(p), out = (size_t)p->out;
  float *columns = ladder_memory(p, LADDER_IMAGE, depth * positions);
  if (!columns) return false;
  for (int n = 0; n < p->images; n++) {
    float *y = p->y + (size_t)n * out * positions;
    ladder_columns(p, n, columns);
    memset(y, 0, out * positions * sizeof(float));
    for (size_t first = 0; first < positions; first += WIDE)
      for (size_t top = 0; top < depth; top += DEPTH) {
        size_t end = smaller(first + WIDE, positions), bottom = smaller(top + DEPTH, depth);
        for (size_t o = 0; o < out; o++)
          for (size_t k = top; k < bottom; k++) {
            float w = p->weight[o * depth + k];
            for (size_t j = first; j < end; j++) y[o * positions + j] += w * columns[k * positions + j];
          }
      }
  }
  return true;
}
