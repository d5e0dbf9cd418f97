/* The textbook is backends/reference/whitening.c. A block is one position, in float64: the covariance's factor L and
 * its inverse W are made in panels of ROWS rows. With x centred as X [N,C], and U = L^T,
 *
 *     U[i,:] = (X^T X / (N - 1) + shift I - sum over k < i of U[k,i] U[k,:])[i] / U[i,i]
 *     W[i,:] = (I - sum over k < i of U[k,i] W[k,:])[i] / U[i,i]
 *
 * are three times one sum: of products a[k,i] b[k,j] over k, for the panel's i and COLUMNS of the j at a time. */
#include <math.h>
#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/vector.h"

/* Sums of ROWS x VECTORS vectors stay in registers. */
enum { ROWS = 4, VECTORS = 2, DOUBLES = SN_LANES / 2, COLUMNS = VECTORS * DOUBLES };

typedef double Doubles __attribute__((vector_size(DOUBLES * 8)));
typedef double DoublesInMemory __attribute__((vector_size(DOUBLES * 8), aligned(8), may_alias));

typedef struct Whitening {
  const SnArray *x, *mean, *w;
  double shift;
  int64_t images, size, wide; /* wide: size in whole COLUMNS */
} Whitening;

/* to[r, 0 … COLUMNS) += factor * sum over k in [first, end) of a[k, r] b[k, 0 … COLUMNS); all rows are `wide` apart. */
static void add_products(int64_t first, int64_t end, double factor, const double *a, const double *b, int64_t wide,
                         double *to) {
  Doubles sums[ROWS][VECTORS] = {{{0}}};
  for (int64_t k = first; k < end; k++)
    for (int v = 0; v < VECTORS; v++) {
      Doubles row = *(const DoublesInMemory *)(b + k * wide + v * DOUBLES);
      for (int r = 0; r < ROWS; r++) sums[r][v] += a[k * wide + r] * row;
    }
  for (int r = 0; r < ROWS; r++)
    for (int v = 0; v < VECTORS; v++) *(DoublesInMemory *)(to + r * wide + v * DOUBLES) += factor * sums[r][v];
}

/* Row i of `to` without the share of the panel's rows before it, and divided by the pivot. */
static void finish_row(const double *u, int64_t panel, int64_t i, int64_t first, int64_t end, int64_t wide,
                       double pivot, double *to) {
  for (int64_t k = panel; k < i; k++) {
    double share = u[k * wide + i];
    for (int64_t j = first; j < end; j++) to[i * wide + j] -= share * to[k * wide + j];
  }
  for (int64_t j = first; j < end; j++) to[i * wide + j] /= pivot;
}

/* Rows [panel, panel + ROWS) of U, from the panel's first column on. False: a pivot is not above 0. */
static bool factorise(const Whitening *s, int64_t panel, const double *x, double *u) {
  double *rows = u + panel * s->wide;
  memset(rows, 0, (size_t)(ROWS * s->wide) * sizeof *rows);
  for (int64_t j = panel / COLUMNS * COLUMNS; j < s->wide; j += COLUMNS) {
    add_products(0, s->images, 1 / (double)(s->images - 1), x + panel, x + j, s->wide, rows + j);
    add_products(0, panel, -1, u + panel, u + j, s->wide, rows + j);
  }
  for (int64_t i = panel; i < panel + ROWS && i < s->size; i++) {
    u[i * s->wide + i] += s->shift;
    finish_row(u, panel, i, i, s->wide, s->wide, 1, u);
    double rest = u[i * s->wide + i];
    if (!(rest > 0)) return false;
    finish_row(u, i, i, i, s->wide, s->wide, sqrt(rest), u);
  }
  return true;
}

/* Rows [panel, panel + ROWS) of W, up to the diagonal. */
static void invert(const Whitening *s, int64_t panel, const double *u, double *w) {
  double *rows = w + panel * s->wide;
  memset(rows, 0, (size_t)(ROWS * s->wide) * sizeof *rows);
  for (int64_t j = 0; j < panel; j += COLUMNS) add_products(j, panel, -1, u + panel, w + j, s->wide, rows + j);
  for (int64_t i = panel; i < panel + ROWS && i < s->size; i++) {
    w[i * s->wide + i] += 1;
    finish_row(u, panel, i, 0, i + 1, s->wide, u[i * s->wide + i], w);
  }
}

/* The mean, and x without it: [images, wide], zeros beyond `size`. */
static void centre(const Whitening *s, int64_t p, double *x, double *sum) {
  const SnArray *from = s->x;
  const float *data = (const float *)from->data + p * from->stride[1];
  memset(sum, 0, (size_t)s->wide * sizeof *sum);
  for (int64_t n = 0; n < s->images; n++)
    for (int64_t c = 0; c < s->wide; c++) {
      double value = c < s->size ? (double)data[n * from->stride[0] + c * from->stride[2]] : 0;
      x[n * s->wide + c] = value;
      sum[c] += value;
    }
  for (int64_t c = 0; c < s->wide; c++) sum[c] /= (double)s->images;
  for (int64_t n = 0; n < s->images; n++)
    for (int64_t c = 0; c < s->wide; c++) x[n * s->wide + c] -= sum[c];
}

static void whiten_block(void *context, int64_t p) {
  const Whitening *s = context;
  double *x = sn_scratch(), *u = x + s->images * s->wide, *w = u + s->wide * s->wide, *sum = w + s->wide * s->wide;
  float *mean = (float *)s->mean->data + p * s->size, *to = (float *)s->w->data + p * s->size * s->size;
  centre(s, p, x, sum);
  for (int64_t c = 0; c < s->size; c++) mean[c] = (float)sum[c];
  bool is_positive = true;
  for (int64_t panel = 0; panel < s->size && is_positive; panel += ROWS) {
    is_positive = factorise(s, panel, x, u);
    if (is_positive) invert(s, panel, u, w);
  }
  for (int64_t i = 0; i < s->size; i++)
    for (int64_t j = 0; j < s->size; j++)
      to[i * s->size + j] = !is_positive ? NAN : j <= i ? (float)w[i * s->wide + j] : 0;
}

bool SN_CPU(whitening)(const SnCall *call) {
  const SnArray *x = call->in[0];
  if (!sn_is_float32(x)) return false;
  Whitening s = {.x = x, .mean = call->out[0], .w = call->out[1], .shift = call->attributes.whitening.shift};
  s.images = x->shape[0];
  s.size = x->shape[2];
  s.wide = sn_divide_up(s.size, COLUMNS) * COLUMNS;
  size_t bytes = (size_t)(s.images * s.wide + 2 * s.wide * s.wide + s.wide) * sizeof(double);
  return sn_parallel_with_scratch(x->shape[1], bytes, whiten_block, &s);
}
