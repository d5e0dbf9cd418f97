#include "backends/cpu/strided.h"

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

enum { BLOCK = 16384 }; /* elements: 64 KiB of each float32 operand */

static bool joins(const SnStrided *s, int last, int64_t size, const int64_t *stride) {
  for (int o = 0; o < s->operands; o++)
    if (s->stride[o][last] != stride[o] * size) return false;
  return true;
}

SnStrided SN_CPU(collapse)(int operands, const SnArray *const *arrays) {
  SnStrided s = {.operands = operands};
  for (int o = 0; o < operands; o++) {
    s.data[o] = arrays[o]->data;
    s.size[o] = (int64_t)sn_dtype_size(arrays[o]->dtype);
  }
  for (int d = 0; d < arrays[0]->ndim; d++) {
    int64_t size = arrays[0]->shape[d], stride[SN_MAX_OPERANDS];
    if (size == 1) continue;
    for (int o = 0; o < operands; o++) stride[o] = arrays[o]->stride[d];
    bool joined = s.ndim > 0 && joins(&s, s.ndim - 1, size, stride);
    if (!joined) s.ndim++;
    int last = s.ndim - 1;
    s.shape[last] = joined ? s.shape[last] * size : size;
    for (int o = 0; o < operands; o++) s.stride[o][last] = stride[o];
  }
  if (s.ndim == 0) {
    s.ndim = 1;
    s.shape[0] = 1;
    for (int o = 0; o < operands; o++) s.stride[o][0] = 1;
  }
  return s;
}

typedef struct Walk {
  const SnStrided *arrays;
  SnRow row;
  const void *parameters;
  int64_t rows, rows_per_block, pieces; /* a row longer than a block is walked in pieces */
} Walk;

static void walk_block(void *context, int64_t block) {
  const Walk *walk = context;
  const SnStrided *s = walk->arrays;
  int inner = s->ndim - 1;
  int64_t start = block % walk->pieces * BLOCK, n = s->shape[inner];
  if (walk->pieces > 1) n = sn_smaller(BLOCK, n - start);
  int64_t row = block / walk->pieces * walk->rows_per_block, end = sn_smaller(row + walk->rows_per_block, walk->rows);
  int64_t index[SN_MAX_DIMS] = {0}, offset[SN_MAX_OPERANDS], stride[SN_MAX_OPERANDS];
  for (int64_t d = inner - 1, rest = row; d >= 0; rest /= s->shape[d--]) index[d] = rest % s->shape[d];
  for (int o = 0; o < s->operands; o++) {
    stride[o] = s->stride[o][inner];
    offset[o] = start * stride[o];
    for (int d = 0; d < inner; d++) offset[o] += index[d] * s->stride[o][d];
  }
  for (; row < end; row++) {
    void *data[SN_MAX_OPERANDS];
    for (int o = 0; o < s->operands; o++) data[o] = s->data[o] + offset[o] * s->size[o];
    walk->row(n, data, stride, walk->parameters);
    for (int d = inner - 1; d >= 0; d--) {
      bool wraps = ++index[d] == s->shape[d];
      for (int o = 0; o < s->operands; o++) offset[o] += wraps ? -(s->shape[d] - 1) * s->stride[o][d] : s->stride[o][d];
      if (!wraps) break;
      index[d] = 0;
    }
  }
}

void SN_CPU(each_row)(const SnStrided *arrays, SnRow row, const void *parameters) {
  Walk walk = {arrays, row, parameters, 1, 1, 1};
  int64_t n = arrays->shape[arrays->ndim - 1];
  for (int d = 0; d < arrays->ndim - 1; d++) walk.rows *= arrays->shape[d];
  if (n == 0 || walk.rows == 0) return;
  walk.pieces = sn_divide_up(n, BLOCK);
  walk.rows_per_block = sn_larger(1, BLOCK / n);
  sn_parallel(walk.pieces * sn_divide_up(walk.rows, walk.rows_per_block), walk_block, &walk);
}
