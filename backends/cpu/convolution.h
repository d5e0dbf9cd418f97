/* What the three kernels of conv2d share. */
#ifndef SN_BACKENDS_CPU_CONVOLUTION_H
#define SN_BACKENDS_CPU_CONVOLUTION_H

#include "backends/cpu/cpu.h"
#include "backends/cpu/windows.h"

/* Within one group: weight is a matrix [outputs, rows], windows a matrix [rows, positions], and their product the
 * outputs' image. */
typedef struct SnConvolution {
  SnWindows windows;
  int64_t images, groups, channels, outputs; /* channels and outputs of one group */
  int64_t area, rows, positions;             /* H W, channels kh kw, OH OW */
  bool pointwise;                            /* windows of one element: the image itself is the matrix */
} SnConvolution;

/* Of x [N,C,H,W], weight and y [N,O,OH,OW] or their gradients; false when a size is beyond OpenBLAS's. */
bool SN_CPU(convolution)(SnConvolution *convolution, const SnArray *x, const SnArray *weight, const SnArray *y,
                         const SnConv2d *options);

#endif
