/* Rows of an image with the zeros around it, laid out so that convolution reads whole vectors at any stride. */
#ifndef SN_BACKENDS_CPU_PADDED_H
#define SN_BACKENDS_CPU_PADDED_H

#include "backends/cpu/cpu.h"
#include "backends/cpu/vector.h"

/* A padded row is `step` lines, one for each remainder of columns by the horizontal stride: column c of the padded
 * image is element c / step of line c % step. Whatever a line holds beyond the image is 0. */
typedef struct SnPadded {
  int64_t size[2];    /* of the image */
  int64_t padding[2]; /* above it and to its left */
  int64_t step;       /* the horizontal stride */
  int64_t line;       /* floats of a line */
} SnPadded;

/* For windows of `cells` columns, `dilation` apart, of which `columns` are computed, or a vector where these are fewer.
 */
SnPadded SN_CPU(padded)(const int64_t size[2], const SnConv2d *options, int64_t cells, int64_t columns);

/* Floats that `rows` padded rows take, what may be written behind them included. */
int64_t SN_CPU(padded_floats)(const SnPadded *padded, int64_t rows);

/* Rows [first, first + rows) of the padded image: row 0 lies padding[0] rows above the image. `readable` floats from
 * `image` on may be read. */
void SN_CPU(copy_padded)(const SnPadded *padded, const float *image, int64_t readable, int64_t first, int64_t rows,
                         float *to);

/* Where the l-th cell of a window in column 0 lies in a padded row. */
SN_INLINE int64_t sn_padded_column(const SnPadded *padded, int64_t l, const int64_t step, const int64_t dilation) {
  return l * dilation % step * padded->line + l * dilation / step;
}

#endif
