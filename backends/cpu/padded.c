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

/* A row as it is, and what vectors of every step-th read behind it. */
int64_t SN_CPU(padded_work)(const SnPadded *padded) {
  return padded->step == 1 ? 0 : padded->step * (padded->line + 2 * SN_LANES);
}

static void clear(float *to, int64_t from, int64_t end) {
  for (; from < end; from += SN_LANES) sn_store(to + from, sn_repeat(0));
}

/* A row of the image between zeros; up to a vector more is written behind `length`. */
static void copy_row(const SnPadded *p, const float *row, int64_t readable, int64_t length, float *to) {
  int64_t left = sn_smaller(p->padding[1], length), n = sn_smaller(p->size[1], length - left), i = 0;
  clear(to, 0, left);
  for (; i < n && i + SN_LANES <= readable; i += SN_LANES) sn_store(to + left + i, sn_load(row + i));
  for (; i < n; i++) to[left + i] = row[i];
  clear(to, left + n, length);
}

static void split(const SnPadded *p, const float *row, float *to) {
  for (int64_t phase = 0; phase < p->step; phase++, to += p->line) {
    if (p->step == 2)
      for (int64_t i = 0; i < p->line; i += SN_LANES)
        sn_store(to + i, sn_even(sn_load(row + 2 * i + phase), sn_load(row + 2 * i + phase + SN_LANES)));
    else
      for (int64_t i = 0; i < p->line; i++) to[i] = row[i * p->step + phase];
  }
}

void SN_CPU(copy_padded)(const SnPadded *p, const float *image, int64_t readable, int64_t first, int64_t rows,
                         float *to, float *work) {
  int64_t pitch = p->step * p->line;
  for (int64_t r = 0; r < rows; r++, to += pitch) {
    int64_t h = first + r - p->padding[0], at = h * p->size[1];
    if (h < 0 || h >= p->size[0]) {
      clear(to, 0, pitch);
    } else if (p->step == 1) {
      copy_row(p, image + at, readable - at, pitch, to);
    } else {
      copy_row(p, image + at, readable - at, pitch, work);
      split(p, work, to);
    }
  }
}
