/* Large products by our own tiles: the right operand is packed once for all threads, the left one is read where it
 * lies. Faster than OpenBLAS, which packs both again for every block, where the processor's path is AVX2. */
#ifndef SN_BACKENDS_CPU_PRODUCT_TILES_H
#define SN_BACKENDS_CPU_PRODUCT_TILES_H

#include "backends/cpu/gemm.h"

typedef struct SnTiledProduct {
  int64_t m, n, k;
  SnMatrix a, b;              /* [m,k], not transposed; [k,n] */
  const float *bias, *addend; /* [n]; [m,n], perhaps y itself; NULL: none */
  float *y;                   /* [m,n] */
} SnTiledProduct;

/* Whether tiles are the faster way. */
bool SN_CPU(tiled_product_suits)(const SnTiledProduct *product);

/* y = a b + bias + addend. False, with nothing written, when memory is short. */
bool SN_CPU(tiled_product)(const SnTiledProduct *product);

#endif
