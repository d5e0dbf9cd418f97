/* Sliding windows over one image, as convolution and unfold see them: as columns of a matrix. */
#ifndef SN_BACKENDS_CPU_WINDOWS_H
#define SN_BACKENDS_CPU_WINDOWS_H

#include <stdint.h>

#include "backends/cpu/cpu.h"

/* Pairs are [vertical, horizontal]. */
typedef struct SnWindows {
  int64_t size[2], out[2]; /* of the image and of the grid of windows */
  int64_t kernel[2], stride[2], padding[2], dilation[2];
} SnWindows;

/* Rows [row, row + rows) and columns [column, column + columns) of the image's matrix [C kh kw, OH OW]: row
 * (c kh + k) kw + l holds, for each window, its element (k, l) of channel c, 0 outside the image. Successive rows of
 * the part begin `pitch` elements apart. */
void SN_CPU(gather_windows)(const SnWindows *windows, const float *image, int64_t row, int64_t rows, int64_t column,
                            int64_t columns, float *matrix, int64_t pitch);

/* The transpose: adds each element of the part to the element of the image that it is a copy of. */
void SN_CPU(scatter_windows)(const SnWindows *windows, const float *matrix, int64_t pitch, int64_t row, int64_t rows,
                             int64_t column, int64_t columns, float *image);

#endif
