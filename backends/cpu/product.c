#include "backends/cpu/product.h"

#include <stdlib.h>
#include <string.h>

#include "backends/cpu/blas.h"
#include "backends/cpu/cpu.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/product_pairs.h"
#include "backends/cpu/product_tiles.h"
#include "backends/cpu/strided.h"
#include "base/memory.h"

/* One operand: a matrix for each place in the batch, `step` elements apart, perhaps in a copy of our own. */
typedef struct Operand {
  SnMatrix first;
  int64_t step;
  float *copy;
} Operand;

static bool prepare(Operand *operand, const SnArray *array) {
  int64_t rows = array->shape[1], columns = array->shape[2];
  *operand = (Operand){.step = array->shape[0] > 1 ? array->stride[0] : 0};
  if (SN_CPU(matrix)(&operand->first, array->data, rows, columns, array->stride[1], array->stride[2])) return true;
  SnArray packed = *array;
  packed.stride[2] = 1;
  packed.stride[1] = columns;
  packed.stride[0] = rows * columns;
  operand->copy = sn_allocate_unset(sn_array_count(array), sizeof(float), "an operand of a product");
  packed.data = operand->copy;
  if (!packed.data) return false;
  SN_CPU(copy)(&(SnCall){.in = {array}, .out = {&packed}});
  operand->step = rows * columns;
  return SN_CPU(matrix)(&operand->first, packed.data, rows, columns, columns, 1);
}

typedef struct Product {
  Operand a, b;
  const float *bias, *addend;
  float *y;
  int64_t m, n, k;
  SnTiles tiles;
} Product;

static void multiply_block(void *context, int64_t block) {
  const Product *p = context;
  int64_t j = block % p->tiles.along * p->tiles.columns, rest = block / p->tiles.along;
  int64_t i = rest % p->tiles.down * p->tiles.rows, batch = rest / p->tiles.down;
  int64_t rows = sn_smaller(p->tiles.rows, p->m - i), columns = sn_smaller(p->tiles.columns, p->n - j);
  SnMatrix a = SN_CPU(submatrix)(p->a.first, i, 0), b = SN_CPU(submatrix)(p->b.first, 0, j);
  a.data += batch * p->a.step;
  b.data += batch * p->b.step;
  int64_t corner = (batch * p->m + i) * p->n + j;
  float *y = p->y + corner;
  for (int64_t row = 0; p->addend && p->addend != p->y && row < rows; row++)
    memcpy(y + row * p->n, p->addend + corner + row * p->n, (size_t)columns * sizeof *y);
  SN_CPU(gemm)(rows, columns, p->k, a, b, p->addend != NULL, y, p->n);
  for (int64_t row = 0; p->bias && row < rows; row++) {
    float *restrict sum = y + row * p->n;
    const float *restrict bias = p->bias + j;
    for (int64_t column = 0; column < columns; column++) sum[column] += bias[column];
  }
}

bool SN_CPU(product)(const SnArray *a, const SnArray *b, const float *bias, const float *addend, float *y) {
  Product p = {.bias = bias, .addend = addend, .y = y, .m = a->shape[1], .n = b->shape[2], .k = a->shape[2]};
  if (a->shape[0] == 0 || p.m == 0 || p.n == 0) return true;
  bool ready = prepare(&p.a, a) && prepare(&p.b, b) &&
               SN_CPU(gemm_takes)(p.m, p.n, p.k, sn_larger(p.a.first.pitch, p.b.first.pitch));
  SnTiledProduct tiled = {p.m, p.n, p.k, p.a.first, p.b.first, bias, addend, y};
  if (ready && a->shape[0] == 1 && SN_CPU(paired_product_suits)(&tiled)) {
    ready = SN_CPU(paired_product)(&tiled);
  } else if (ready && a->shape[0] == 1 && SN_CPU(tiled_product_suits)(&tiled)) {
    ready = SN_CPU(tiled_product)(&tiled);
  } else if (ready && (ready = sn_blas_ready())) {
    p.tiles = SN_CPU(tiles)(p.m, p.n, p.k);
    sn_parallel(a->shape[0] * p.tiles.down * p.tiles.along, multiply_block, &p);
  }
  free(p.a.copy);
  free(p.b.copy);
  return ready;
}
