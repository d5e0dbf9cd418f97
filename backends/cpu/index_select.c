#include <math.h>
#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* A block is some neighbours of one row. */
enum { ROW_PIECE = 1 << 16 };

typedef struct Select {
  const float *x;
  const int64_t *index;
  float *y;
  int64_t rows, size, pieces; /* of x; of a row */
} Select;

static void select_block(void *context, int64_t block) {
  const Select *s = context;
  int64_t r = block / s->pieces, first = block % s->pieces * ROW_PIECE, row = s->index[r];
  int64_t count = s->size - first < ROW_PIECE ? s->size - first : ROW_PIECE;
  float *y = s->y + r * s->size + first;
  if (row >= 0 && row < s->rows)
    memcpy(y, s->x + row * s->size + first, (size_t)count * sizeof *y);
  else
    for (int64_t i = 0; i < count; i++) y[i] = NAN;
}

bool SN_CPU(index_select)(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  if (!sn_is_float32(x)) return false;
  Select s = {.x = x->data, .y = y->data, .rows = x->shape[0], .size = x->shape[1]};
  s.index = (const int64_t *)call->in[1]->data + call->attributes.index_select.first;
  s.pieces = (s.size + ROW_PIECE - 1) / ROW_PIECE;
  sn_parallel(y->shape[0] * s.pieces, select_block, &s);
  return true;
}
