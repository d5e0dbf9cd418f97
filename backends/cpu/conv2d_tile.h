/* A tile of a convolution from its first product to its activation, without a memory in between. */
#ifndef SN_BACKENDS_CPU_CONV2D_TILE_H
#define SN_BACKENDS_CPU_CONV2D_TILE_H

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/tile.h"

/* Up to SN_TILE_ROWS channels at up to SN_TILE_WIDTH positions that lie side by side:
 *
 *     y[r y_pitch + j] = finish(sum over k of weight[k rows + r] x[places[k] + j]),  j < columns,
 *
 * summed in the order of k, as tile_product (tile.h) and its callers do, and finished as an epilogue says. Nothing
 * outside of these is read or written. */
typedef struct SnConvolutionTile {
  const float *weight, *x;
  const int64_t *places; /* SN_TILE_AHEAD more than depth, which will be read soon */
  int64_t depth;
  float *y;
  int64_t y_pitch, columns;
  const float *bias, *residual; /* of the first row, and of y's first element; or NULL */
  SnActivation activation;
  float slope;
  bool resumed;     /* the sum goes on from what is in y */
  bool added, last; /* what is in y is added to it afterwards; it is finished */
} SnConvolutionTile;

enum { SN_TILE_AHEAD = 8 };

void SN_CPU(convolution_tile)(const SnConvolutionTile *tile, int rows);

#endif
