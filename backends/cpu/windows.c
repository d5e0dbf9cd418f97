#include "backends/cpu/windows.h"

#include "backends/cpu/cpu.h"
#include "backends/cpu/vector.h"

/* One row of the matrix: element (i, j) lies `first` plus i vertical and j horizontal strides into the image, if j is
 * in [from, to) and `top` plus i vertical strides is a row of the image; elsewhere it is 0. */
typedef struct Row {
  int64_t channel, k, l;
  int64_t first, top, from, to;
} Row;

static void place(const SnWindows *w, Row *row) {
  int64_t left = row->l * w->dilation[1] - w->padding[1], step = w->stride[1];
  row->top = row->k * w->dilation[0] - w->padding[0];
  row->first = (row->channel * w->size[0] + row->top) * w->size[1] + left;
  row->from = left < 0 ? (step == 1 ? -left : sn_divide_up(-left, step)) : 0;
  row->to = left < w->size[1] ? (step == 1 ? w->size[1] - left : sn_divide_up(w->size[1] - left, step)) : 0;
}

static Row row_at(const SnWindows *w, int64_t index) {
  Row row = {.channel = index / w->kernel[1] / w->kernel[0],
             .k = index / w->kernel[1] % w->kernel[0],
             .l = index % w->kernel[1]};
  place(w, &row);
  return row;
}

static void to_next_row(const SnWindows *w, Row *row) {
  if (++row->l == w->kernel[1]) {
    row->l = 0;
    if (++row->k == w->kernel[0]) {
      row->k = 0;
      row->channel++;
    }
  }
  place(w, row);
}

/* The part of row i of windows from column j to end_j that lies in the image: [*from, *to). */
static bool clip(const SnWindows *w, const Row *row, int64_t i, int64_t j, int64_t end_j, int64_t *from, int64_t *to) {
  int64_t y = row->top + i * w->stride[0];
  if (y < 0 || y >= w->size[0]) return false;
  *from = sn_larger(row->from, j);
  *to = sn_smaller(row->to, end_j);
  return *from < *to;
}

/* Every step-th of n. */
static void copy_strided(const float *restrict from, int64_t step, int64_t n, float *restrict to) {
  int64_t i = 0;
  if (step == 1) {
    for (; i < n; i++) to[i] = from[i];
  } else if (step == 2) {
    for (; i + SN_LANES < n; i += SN_LANES) /* not the last: nothing may lie behind it */
      sn_store(to + i, sn_even(sn_load(from + 2 * i), sn_load(from + 2 * i + SN_LANES)));
  }
  for (; i < n; i++) to[i] = from[i * step];
}

void SN_CPU(gather_windows)(const SnWindows *w, const float *restrict image, int64_t row, int64_t rows, int64_t column,
                            int64_t columns, float *restrict matrix, int64_t pitch) {
  int64_t first_i = column / w->out[1], first_j = column % w->out[1], step = w->stride[1];
  Row q = row_at(w, row);
  for (int64_t r = 0; r < rows; r++, to_next_row(w, &q)) {
    int64_t left = columns, line = r * pitch - first_j; /* element (i, j) at matrix[line + j] */
    for (int64_t i = first_i, j = first_j; left > 0; i++, j = 0) {
      int64_t end_j = sn_smaller(w->out[1], j + left), from, to;
      if (!clip(w, &q, i, j, end_j, &from, &to)) from = to = end_j;
      int64_t pixel = q.first + i * w->stride[0] * w->size[1];
      for (int64_t x = j; x < from; x++) matrix[line + x] = 0;
      copy_strided(image + pixel + from * step, step, to - from, matrix + line + from);
      for (int64_t x = to; x < end_j; x++) matrix[line + x] = 0;
      left -= end_j - j;
      line += w->out[1];
    }
  }
}

void SN_CPU(scatter_windows)(const SnWindows *w, const float *restrict matrix, int64_t pitch, int64_t row, int64_t rows,
                             int64_t column, int64_t columns, float *restrict image) {
  int64_t first_i = column / w->out[1], first_j = column % w->out[1], step = w->stride[1];
  Row q = row_at(w, row);
  for (int64_t r = 0; r < rows; r++, to_next_row(w, &q)) {
    int64_t left = columns, line = r * pitch - first_j;
    for (int64_t i = first_i, j = first_j; left > 0; i++, j = 0) {
      int64_t end_j = sn_smaller(w->out[1], j + left), from, to;
      if (!clip(w, &q, i, j, end_j, &from, &to)) from = to = end_j;
      int64_t pixel = q.first + i * w->stride[0] * w->size[1];
      if (step == 1)
        for (int64_t x = from; x < to; x++) image[pixel + x] += matrix[line + x];
      else
        for (int64_t x = from; x < to; x++) image[pixel + x * step] += matrix[line + x];
      left -= end_j - j;
      line += w->out[1];
    }
  }
}
