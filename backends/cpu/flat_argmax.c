#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* A block is some rows, of about BLOCK elements. */
enum { BLOCK = 1 << 15 };

typedef struct Rows {
  const float *x;
  int64_t *index;
  int64_t rows, columns, rows_per_block;
} Rows;

static void rows_block(void *context, int64_t block) {
  const Rows *r = context;
  int64_t end = sn_smaller((block + 1) * r->rows_per_block, r->rows);
  for (int64_t row = block * r->rows_per_block; row < end; row++) {
    const float *x = r->x + row * r->columns;
    int64_t best = 0;
    for (int64_t c = 1; c < r->columns && x[best] == x[best]; c++) /* ends at NaN */
      if (!(x[c] <= x[best])) best = c;
    r->index[row] = row * r->columns + best;
  }
}

bool SN_CPU(flat_argmax)(const SnCall *call) {
  const SnArray *x = call->in[0];
  if (!sn_is_float32(x)) return false;
  Rows r = {x->data, call->out[0]->data, x->shape[0], x->shape[1], sn_larger(1, BLOCK / x->shape[1])};
  sn_parallel(sn_divide_up(r.rows, r.rows_per_block), rows_block, &r);
  return true;
}
