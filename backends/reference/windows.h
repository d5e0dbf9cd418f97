/* Sliding windows along one dimension, as convolution, pooling and unfold cut them: window `out` starts at
 * out * stride - padding, and its k-th cell lies k * dilation further.
 */
#ifndef SN_BACKENDS_REFERENCE_WINDOWS_H
#define SN_BACKENDS_REFERENCE_WINDOWS_H

#include <stdint.h>

/* The window whose k-th cell lies at `in`; -1 when none of the `count` windows has it there. */
static inline int64_t sn_window_with_cell(int64_t in, int64_t k, int64_t stride, int64_t padding, int64_t dilation,
                                          int64_t count) {
  int64_t start = in + padding - k * dilation;
  return start >= 0 && start % stride == 0 && start / stride < count ? start / stride : -1;
}

/* How many windows fit into `size` cells with `padding` more at each end. */
static inline int64_t sn_window_count(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  int64_t span = size + 2 * padding - dilation * (kernel - 1) - 1;
  return span < 0 ? 0 : span / stride + 1;
}

/* Of windows of `kernel` neighbouring cells: the first that reaches `in`, and one past the last that begins at or
 * before it. */
static inline int64_t sn_first_window(int64_t in, int64_t kernel, int64_t stride, int64_t padding) {
  int64_t before = in + padding - kernel;
  return before < 0 ? 0 : before / stride + 1;
}

static inline int64_t sn_window_end(int64_t in, int64_t stride, int64_t padding, int64_t count) {
  int64_t end = (in + padding) / stride + 1;
  return end < count ? end : count;
}

#endif
