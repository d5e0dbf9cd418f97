/* Rung 3: im2col. All windows are written as the columns of a matrix, nine times as large as the image, and convolution
 * becomes a product of matrices:
 *
 *   y [out, positions] = weight [out, depth] columns [depth, positions],   depth = 9 in
 *
 * There is no border any more, and the inner loop is as long as the image. But each row of `columns` is read for each
 * output again, and the matrix is too large for the cache. */
#include "bench/ladder/columns.h"

bool ladder_im2col(Problem *p) {
  size_t depth = (size_t)ladder_depth(p), positions = (size_t)ladder_positions(p);
  float *columns = ladder_memory(p, LADDER_IMAGE, depth * positions);
  if (!columns) return false;
  for (int n = 0; n < p->images; n++) {
    ladder_columns(p, n, columns);
    for (size_t o = 0; o < (size_t)p->out; o++) {
      float *y = p->y + ((size_t)(n * p->out) + o) * positions;
      memset(y, 0, positions * sizeof(float));
      for (size_t k = 0; k < depth; k++) {
        float w = p->weight[o * depth + k];
        for (size_t j = 0; j < positions; j++) y[j] += w * columns[k * positions + j];
      }
    }
  }
  return true;
}
