#include "backends/cpu/padded.h"

SnPadded SN_CPU(padded)(const int64_t size[2], const SnConv2d *options, int64_t cells, int64_t columns) {
  int64_t step = options->stride[1];
  return (SnPadded){.size = {size[0], size[1]},
                    .padding = {options->padding[0], options->padding[1]},
                    .step = step,
                    .line = sn_larger(columns, SN_LANES) + (cells - 1) * options->dilation[1] / step + 1};
}

int64_t SN_CPU(padded_floats)(const SnPadded *padded, int64_t rows) {
  return rows * padded->step * padded->line + SN_LANES;
}

/* Zeros to [from, end), and up to a vector's length behind. Mostly it is one vector. */
SN_INLINE void clear(float *to, int64_t from, int64_t end) {
  if (from >= end) return;
  sn_store(to + from, sn_repeat(0));
  for (from += SN_LANES; from < end; from += SN_LANES) sn_store(to + from, sn_repeat(0));
}

/* Every step-th of `readable` numbers, n of them; up to a vector's length is written behind. */
SN_INLINE void copy_every(const float *from, int64_t readable, const int64_t step, int64_t n, float *to) {
  int64_t i = 0;
  if (step == 1)
    for (; i < n && i + SN_LANES <= readable; i += SN_LANES) sn_store(to + i, sn_load(from + i));
  if (step == 2)
    for (; i < n && 2 * (i + SN_LANES) <= readable; i += SN_LANES)
      sn_store(to + i, sn_even(sn_load(from + 2 * i), sn_load(from + 2 * i + SN_LANES)));
  for (; i < n; i++) to[i] = from[i * step];
}

/* A row of the image between zeros, as its lines. */
SN_INLINE void copy_row(const SnPadded *p, const float *row, int64_t readable, const int64_t step, float *to) {
  for (int64_t phase = 0; phase < step; phase++, to += p->line) {
    int64_t left = sn_larger(0, p->padding[1] - phase + step - 1) / step, start = left * step + phase - p->padding[1];
    left = sn_smaller(left, p->line);
    int64_t n = sn_larger(0, p->size[1] - start + step - 1) / step;
    n = sn_smaller(n, p->line - left);
    clear(to, 0, left);
    copy_every(row + start, readable - start, step, n, to + left);
    clear(to, left + n, p->line);
  }
}

void SN_CPU(copy_padded)(const SnPadded *p, const float *image, int64_t readable, int64_t first, int64_t rows,
                         float *to) {
  int64_t pitch = p->step * p->line;
  for (int64_t r = 0; r < rows; r++, to += pitch) {
    int64_t h = first + r - p->padding[0], at = h * p->size[1];
    if (h < 0 || h >= p->size[0])
      clear(to, 0, pitch);
    else if (p->step == 1)
      copy_row(p, image + at, readable - at, 1, to);
    else if (p->step == 2)
      copy_row(p, image + at, readable - at, 2, to);
    else
      copy_row(p, image + at, readable - at, p->step, to);
  }
}
