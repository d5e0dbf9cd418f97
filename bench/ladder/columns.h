/* im2col: all windows of an image as the columns of a matrix. */
#ifndef SN_BENCH_LADDER_COLUMNS_H
#define SN_BENCH_LADDER_COLUMNS_H

#include <string.h>

#include "bench/ladder/ladder.h"

static inline int ladder_depth(const Problem *p) { return p->in * LADDER_TAPS; }

static inline int ladder_positions(const Problem *p) { return p->height * p->width; }

/* Row i of image n as the windows see it at their place k = (c * 3 + u) * 3 + v: to[width], zeros beyond the border. */
static inline void ladder_window_row(const Problem *p, int n, int k, int i, float *to) {
  int c = k / LADDER_TAPS, row = i + k % LADDER_TAPS / 3 - 1, v = k % 3, first = v == 0, end = p->width - (v == 2);
  if (row < 0 || row >= p->height || end <= first) {
    memset(to, 0, (size_t)p->width * sizeof(float));
    return;
  }
  const float *from = p->x + ((size_t)(n * p->in + c) * (size_t)p->height + (size_t)row) * (size_t)p->width;
  if (v == 0) to[0] = 0;
  if (v == 2) to[p->width - 1] = 0;
  memcpy(to + first, from + first + v - 1, (size_t)(end - first) * sizeof(float));
}

/* columns[depth][positions] of image n. */
static inline void ladder_columns(const Problem *p, int n, float *columns) {
  for (int k = 0; k < ladder_depth(p); k++)
    for (int i = 0; i < p->height; i++, columns += p->width) ladder_window_row(p, n, k, i, columns);
}

#endif
