/* Matrix products by OpenBLAS, one thread each: the pool shares out blocks of the result. */
#ifndef SN_BACKENDS_CPU_GEMM_H
#define SN_BACKENDS_CPU_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "backends/cpu/cpu.h"

/* A matrix in memory: element (i, j) at i * pitch + j, or, transposed, at j * pitch + i. */
typedef struct SnMatrix {
  const float *data;
  int64_t pitch;
  bool transposed;
} SnMatrix;

/* The matrix whose element (i, j) lies at i * row_stride + j * column_stride. False when it is neither of the above,
 * and must be copied first. */
bool SN_CPU(matrix)(SnMatrix *matrix, const float *data, int64_t rows, int64_t columns, int64_t row_stride,
                    int64_t column_stride);

/* The part of a matrix that begins at (i, j). */
SnMatrix SN_CPU(submatrix)(SnMatrix matrix, int64_t i, int64_t j);

/* OpenBLAS counts in int: false when one of the numbers does not fit. */
bool SN_CPU(gemm_takes)(int64_t m, int64_t n, int64_t k, int64_t largest_pitch);

/* c [m,n] = a [m,k] b [k,n], or c += a b when `add`. In the calling thread, after sn_blas_ready() (blas.h). */
void SN_CPU(gemm)(int64_t m, int64_t n, int64_t k, SnMatrix a, SnMatrix b, bool add, float *c, int64_t c_pitch);

/* Block (i, j) of a result [m,n] covers rows from i * rows and columns from j * columns. */
typedef struct SnTiles {
  int64_t rows, columns, down, along;
} SnTiles;

/* How to cut a product, by its shape alone: enough blocks for the threads, each large enough that packing its operands
 * costs little. */
SnTiles SN_CPU(tiles)(int64_t m, int64_t n, int64_t k);

#endif
