#include "backends/cpu/gemm.h"

#include <limits.h>

#include "backends/cpu/blas.h"
#include "backends/cpu/cpu.h"

bool SN_CPU(matrix)(SnMatrix *matrix, const float *data, int64_t rows, int64_t columns, int64_t row_stride,
                    int64_t column_stride) {
  if (columns <= 1) column_stride = 1;
  if (rows <= 1) row_stride = column_stride == 1 ? sn_larger(columns, 1) : 1;
  if (column_stride == 1 && row_stride >= columns) {
    *matrix = (SnMatrix){data, row_stride, false};
  } else if (row_stride == 1 && column_stride >= rows) {
    *matrix = (SnMatrix){data, column_stride, true};
  } else {
    return false;
  }
  return true;
}

SnMatrix SN_CPU(submatrix)(SnMatrix matrix, int64_t i, int64_t j) {
  matrix.data += matrix.transposed ? j * matrix.pitch + i : i * matrix.pitch + j;
  return matrix;
}

bool SN_CPU(gemm_takes)(int64_t m, int64_t n, int64_t k, int64_t largest_pitch) {
  return sn_larger(sn_larger(m, n), sn_larger(k, largest_pitch)) <= INT_MAX;
}

/* A product with a vector: reads the matrix once, where sgemm would copy it first. */
static void multiply_vector(SnMatrix matrix, int64_t rows, int64_t columns, const float *x, int64_t x_stride, bool add,
                            float *y, int64_t y_stride) {
  sn_blas_enter();
  if (matrix.transposed)
    sn_blas.sgemv(CblasRowMajor, CblasTrans, (int)columns, (int)rows, 1, matrix.data, (int)matrix.pitch, x,
                  (int)x_stride, add ? 1 : 0, y, (int)y_stride);
  else
    sn_blas.sgemv(CblasRowMajor, CblasNoTrans, (int)rows, (int)columns, 1, matrix.data, (int)matrix.pitch, x,
                  (int)x_stride, add ? 1 : 0, y, (int)y_stride);
  sn_blas_leave();
}

/* A column times a row: bound by writing the result, which sgemm does twice. */
static void multiply_outer(int64_t m, int64_t n, SnMatrix a, SnMatrix b, bool add, float *c, int64_t c_pitch) {
  int64_t a_step = a.transposed ? 1 : a.pitch, b_step = b.transposed ? b.pitch : 1;
  for (int64_t i = 0; i < m; i++) {
    float factor = a.data[i * a_step], *restrict row = c + i * c_pitch;
    const float *restrict factors = b.data;
    if (add)
      for (int64_t j = 0; j < n; j++) row[j] += factor * factors[j * b_step];
    else if (b_step == 1)
      for (int64_t j = 0; j < n; j++) row[j] = factor * factors[j];
    else
      for (int64_t j = 0; j < n; j++) row[j] = factor * factors[j * b_step];
  }
}

void SN_CPU(gemm)(int64_t m, int64_t n, int64_t k, SnMatrix a, SnMatrix b, bool add, float *c, int64_t c_pitch) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (int64_t i = 0; !add && i < m; i++)
      for (int64_t j = 0; j < n; j++) c[i * c_pitch + j] = 0;
  } else if (k == 1) {
    multiply_outer(m, n, a, b, add, c, c_pitch);
  } else if (n == 1) {
    multiply_vector(a, m, k, b.data, b.transposed ? 1 : b.pitch, add, c, c_pitch);
  } else if (m == 1) {
    b.transposed = !b.transposed;
    multiply_vector(b, n, k, a.data, a.transposed ? a.pitch : 1, add, c, 1);
  } else {
    sn_blas_enter();
    sn_blas.sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans, b.transposed ? CblasTrans : CblasNoTrans,
                  (int)m, (int)n, (int)k, 1, a.data, (int)a.pitch, b.data, (int)b.pitch, add ? 1 : 0, c, (int)c_pitch);
    sn_blas_leave();
  }
}

SnTiles SN_CPU(tiles)(int64_t m, int64_t n, int64_t k) {
  enum { SMALL = 1 << 19, NARROW = 96, WIDE = 512, BLOCKS = 8 };
  SnTiles tiles = {m, n, 1, 1};
  while ((double)tiles.rows * (double)tiles.columns * (double)k > SMALL) {
    bool by_rows = tiles.rows >= tiles.columns;
    int64_t longer = by_rows ? tiles.rows : tiles.columns;
    if (longer < 2 * NARROW || (tiles.down * tiles.along >= BLOCKS && longer <= WIDE)) break;
    int64_t half = sn_divide_up(longer, 2);
    if (half >= NARROW) half = sn_divide_up(half, 16) * 16;
    if (by_rows)
      tiles.rows = half;
    else
      tiles.columns = half;
    tiles.down = sn_divide_up(m, sn_larger(tiles.rows, 1));
    tiles.along = sn_divide_up(n, sn_larger(tiles.columns, 1));
  }
  return tiles;
}
