#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/strided.h"

#define SAME_SIZE(name, TYPE)                                                                     \
  static void name(int64_t n, void *const *data, const int64_t *stride, const void *parameters) { \
    (void)parameters;                                                                             \
    TYPE *restrict y = data[0];                                                                   \
    const TYPE *restrict x = data[1];                                                             \
    int64_t to = stride[0], from = stride[1];                                                     \
    if (to == 1 && from == 1)                                                                     \
      memcpy(y, x, (size_t)n * sizeof *y);                                                        \
    else                                                                                          \
      for (int64_t i = 0; i < n; i++) y[i * to] = x[i * from];                                    \
  }

SAME_SIZE(copy_1, uint8_t)
SAME_SIZE(copy_2, uint16_t)
SAME_SIZE(copy_4, uint32_t)
SAME_SIZE(copy_8, uint64_t)

#define CONVERSION(name, TO, FROM)                                                                \
  static void name(int64_t n, void *const *data, const int64_t *stride, const void *parameters) { \
    (void)parameters;                                                                             \
    TO *restrict y = data[0];                                                                     \
    const FROM *restrict x = data[1];                                                             \
    for (int64_t i = 0; i < n; i++) y[i * stride[0]] = (TO)x[i * stride[1]];                      \
  }

CONVERSION(float_from_double, float, double)
CONVERSION(float_from_integer, float, int64_t)
CONVERSION(float_from_byte, float, uint8_t)
CONVERSION(double_from_float, double, float)

/* bfloat16 is the upper half of a float32. */
static void float_from_bfloat16(int64_t n, void *const *data, const int64_t *stride, const void *parameters) {
  (void)parameters;
  uint32_t *restrict y = data[0];
  const uint16_t *restrict x = data[1];
  for (int64_t i = 0; i < n; i++) y[i * stride[0]] = (uint32_t)x[i * stride[1]] << 16;
}

static SnRow row_for(SnDtype to, SnDtype from) {
  if (to == from) {
    switch (sn_dtype_size(to)) {
      case 1:
        return copy_1;
      case 2:
        return copy_2;
      case 4:
        return copy_4;
      default:
        return copy_8;
    }
  }
  if (to == SN_FLOAT64 && from == SN_FLOAT32) return double_from_float;
  if (to != SN_FLOAT32) return NULL;
  switch (from) {
    case SN_FLOAT64:
      return float_from_double;
    case SN_INT64:
      return float_from_integer;
    case SN_UINT8:
      return float_from_byte;
    case SN_BFLOAT16:
      return float_from_bfloat16;
    default:
      return NULL;
  }
}

/* A copy that reads along one dimension and writes along another goes tile by tile, so that each cache line is touched
 * once. Operand 0 has unit stride in the last dimension, operand 1 in dimension `across`. */
enum { TILE = 32 };

typedef struct Transposition {
  const SnStrided *arrays;
  int across;
  int64_t down_tiles, along_tiles;
} Transposition;

static void transpose_block(void *context, int64_t block) {
  const Transposition *t = context;
  const SnStrided *s = t->arrays;
  int inner = s->ndim - 1;
  int64_t down = block % t->down_tiles * TILE, rest = block / t->down_tiles;
  float *y = (float *)(void *)s->data[0] + down * s->stride[0][t->across];
  const float *x = (const float *)(const void *)s->data[1] + down;
  for (int d = inner - 1; d >= 0; d--) {
    if (d == t->across) continue;
    y += rest % s->shape[d] * s->stride[0][d];
    x += rest % s->shape[d] * s->stride[1][d];
    rest /= s->shape[d];
  }
  int64_t rows = sn_smaller(TILE, s->shape[t->across] - down), to = s->stride[0][t->across], from = s->stride[1][inner];
  for (int64_t start = 0; start < s->shape[inner]; start += TILE) {
    int64_t columns = sn_smaller(TILE, s->shape[inner] - start);
    float tile[TILE][TILE + 1]; /* by way of a small square, since lines at powers of two apart evict one another */
    for (int64_t j = 0; j < columns; j++)
      for (int64_t i = 0; i < rows; i++) tile[j][i] = x[(start + j) * from + i];
    for (int64_t i = 0; i < rows; i++)
      for (int64_t j = 0; j < columns; j++) y[i * to + start + j] = tile[j][i];
  }
}

static bool transpose(const SnStrided *s) {
  int inner = s->ndim - 1;
  if (s->size[0] != 4 || s->stride[0][inner] != 1 || s->stride[1][inner] < 2) return false;
  Transposition t = {.arrays = s, .across = inner - 1};
  while (t.across >= 0 && s->stride[1][t.across] != 1) t.across--;
  if (t.across < 0) return false;
  t.down_tiles = sn_divide_up(s->shape[t.across], TILE);
  int64_t blocks = t.down_tiles;
  for (int d = 0; d < inner; d++)
    if (d != t.across) blocks *= s->shape[d];
  sn_parallel(blocks, transpose_block, &t);
  return true;
}

bool SN_CPU(copy)(const SnCall *call) {
  const SnArray *arrays[] = {call->out[0], call->in[0]};
  SnRow row = row_for(arrays[0]->dtype, arrays[1]->dtype);
  if (!row) return false;
  SnStrided strided = SN_CPU(collapse)(2, arrays);
  if (row != copy_4 || !transpose(&strided)) SN_CPU(each_row)(&strided, row, NULL);
  return true;
}
