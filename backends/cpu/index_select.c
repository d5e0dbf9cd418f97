#include <math.h>
#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* Results of a block. */
enum { PIECE = 1 << 16 };

/* x as [outer, of_x, inner], y as [outer, of_y, inner]. Forward goes from x to y, backward from dy to dx. */
typedef struct Select {
  const float *from;
  const int64_t *index;
  float *to;
  int64_t outer, inner, of_x, of_y;
  int64_t pieces, together; /* blocks of a slice; slices (or the outer ones) of a block */
} Select;

static Select select_of(const SnCall *call, const SnArray *x, const SnArray *y) {
  int dim = call->attributes.index_select.dim;
  Select s = {.from = call->in[0]->data, .to = call->out[0]->data, .outer = 1, .inner = 1};
  s.of_x = x->shape[dim];
  s.of_y = y->shape[dim];
  s.index = (const int64_t *)call->in[1]->data + call->attributes.index_select.first;
  for (int d = 0; d < dim; d++) s.outer *= x->shape[d];
  for (int d = dim + 1; d < x->ndim; d++) s.inner *= x->shape[d];
  return s;
}

static void select_slice(const Select *s, int64_t slice, int64_t first, int64_t end) {
  int64_t n = s->index[slice % s->of_y];
  float *y = s->to + slice * s->inner;
  if (n >= 0 && n < s->of_x)
    memcpy(y + first, s->from + (slice / s->of_y * s->of_x + n) * s->inner + first, (size_t)(end - first) * sizeof *y);
  else
    for (int64_t i = first; i < end; i++) y[i] = NAN;
}

static void select_block(void *context, int64_t block) {
  const Select *s = context;
  int64_t slice = block / s->pieces * s->together, first = block % s->pieces * PIECE;
  int64_t last = sn_smaller(slice + s->together, s->outer * s->of_y), end = sn_smaller(first + PIECE, s->inner);
  for (; slice < last; slice++) select_slice(s, slice, first, end);
}

/* Slices of one element. */
static void gather_block(void *context, int64_t block) {
  const Select *s = context;
  int64_t last = sn_smaller((block + 1) * s->together, s->outer);
  for (int64_t o = block * s->together; o < last; o++) {
    const float *x = s->from + o * s->of_x;
    float *y = s->to + o * s->of_y;
    for (int64_t r = 0; r < s->of_y; r++) {
      int64_t n = s->index[r];
      y[r] = n >= 0 && n < s->of_x ? x[n] : NAN;
    }
  }
}

bool SN_CPU(index_select)(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  if (!sn_is_float32(x)) return false;
  Select s = select_of(call, x, y);
  if (sn_array_count(y) == 0) return true;
  if (s.inner == 1) {
    s.together = sn_divide_up(PIECE, s.of_y);
    sn_parallel(sn_divide_up(s.outer, s.together), gather_block, &s);
    return true;
  }
  s.pieces = sn_divide_up(s.inner, PIECE);
  s.together = s.pieces > 1 ? 1 : PIECE / s.inner;
  sn_parallel(sn_divide_up(s.outer * s.of_y, s.together) * s.pieces, select_block, &s);
  return true;
}

/* Some neighbours of every slice of some of the outer ones. */
static void add_block(void *context, int64_t block) {
  const Select *s = context;
  int64_t o = block / s->pieces * s->together, first = block % s->pieces * PIECE;
  int64_t last = sn_smaller(o + s->together, s->outer), end = sn_smaller(first + PIECE, s->inner);
  for (; o < last; o++) {
    float *dx = s->to + o * s->of_x * s->inner;
    for (int64_t n = 0; n < s->of_x; n++) memset(dx + n * s->inner + first, 0, (size_t)(end - first) * sizeof *dx);
    for (int64_t r = 0; r < s->of_y; r++) {
      const float *dy = s->from + (o * s->of_y + r) * s->inner;
      int64_t n = s->index[r];
      if (n < 0 || n >= s->of_x) continue;
      for (int64_t i = first; i < end; i++) dx[n * s->inner + i] += dy[i];
    }
  }
}

bool SN_CPU(index_select_backward)(const SnCall *call) {
  const SnArray *dy = call->in[0], *dx = call->out[0];
  if (!sn_is_float32(dx)) return false;
  Select s = select_of(call, dx, dy);
  int64_t count = sn_array_count(dx);
  if (count == 0) return true;
  s.pieces = sn_divide_up(s.inner, PIECE);
  s.together = s.pieces > 1 ? 1 : sn_divide_up(PIECE, count / s.outer);
  sn_parallel(sn_divide_up(s.outer, s.together) * s.pieces, add_block, &s);
  return true;
}
