#include "backends/cpu/windows.h"

#include <string.h>

#include "backends/cpu/cpu.h"

/* A stretch of one matrix row within one row of windows: matrix elements [start, end), of which [from, to) lie in the
 * image, the first of them at image element `first`, and so on with the horizontal stride. */
typedef struct Stretch {
  int64_t start, end, from, to, first;
} Stretch;

static Stretch stretch_at(const SnWindows *w, int64_t row, int64_t column, int64_t last_column) {
  int64_t l = row % w->kernel[1], k = row / w->kernel[1] % w->kernel[0], channel = row / w->kernel[1] / w->kernel[0];
  int64_t i = column / w->out[1], j = column % w->out[1], end_j = sn_smaller(w->out[1], j + last_column - column);
  int64_t y = i * w->stride[0] - w->padding[0] + k * w->dilation[0];
  int64_t shift = l * w->dilation[1] - w->padding[1]; /* x = j stride + shift */
  int64_t inside = shift < 0 ? sn_divide_up(-shift, w->stride[1]) : 0;
  int64_t beyond = shift < w->size[1] ? sn_divide_up(w->size[1] - shift, w->stride[1]) : 0;
  if (y < 0 || y >= w->size[0]) beyond = 0;
  int64_t from_j = sn_smaller(sn_larger(inside, j), end_j), to_j = sn_larger(sn_smaller(beyond, end_j), from_j);
  return (Stretch){column, column + end_j - j, column + from_j - j, column + to_j - j,
                   (channel * w->size[0] + y) * w->size[1] + from_j * w->stride[1] + shift};
}

void sn_cpu_gather_windows(const SnWindows *w, const float *image, int64_t row, int64_t rows, int64_t column,
                           int64_t columns, float *matrix, int64_t pitch) {
  for (int64_t r = 0; r < rows; r++) {
    float *restrict to = matrix + r * pitch;
    for (int64_t c = column; c < column + columns;) {
      Stretch s = stretch_at(w, row + r, c, column + columns);
      for (int64_t i = s.start; i < s.from; i++) to[i - column] = 0;
      if (s.to > s.from) {
        const float *restrict from = image + s.first;
        float *restrict part = to + (s.from - column);
        if (w->stride[1] == 1)
          memcpy(part, from, (size_t)(s.to - s.from) * sizeof *part);
        else
          for (int64_t i = 0; i < s.to - s.from; i++) part[i] = from[i * w->stride[1]];
      }
      for (int64_t i = s.to; i < s.end; i++) to[i - column] = 0;
      c = s.end;
    }
  }
}

void sn_cpu_scatter_windows(const SnWindows *w, const float *matrix, int64_t pitch, int64_t row, int64_t rows,
                            int64_t column, int64_t columns, float *image) {
  for (int64_t r = 0; r < rows; r++) {
    const float *restrict from = matrix + r * pitch;
    for (int64_t c = column; c < column + columns;) {
      Stretch s = stretch_at(w, row + r, c, column + columns);
      if (s.to > s.from) {
        const float *restrict part = from + (s.from - column);
        float *restrict to = image + s.first;
        if (w->stride[1] == 1)
          for (int64_t i = 0; i < s.to - s.from; i++) to[i] += part[i];
        else
          for (int64_t i = 0; i < s.to - s.from; i++) to[i * w->stride[1]] += part[i];
      }
      c = s.end;
    }
  }
}
