/* Windows as columns and back (backends/reference/unfold.c), a thread an element. Bytes moved forward: the columns
 * once, and x, whose elements are read kernel-size times, mostly from the cache. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

struct Direction {
  int64_t size, windows, kernel, stride, padding, dilation;
};

template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    forward_kernel(const T *__restrict__ x, T *__restrict__ columns, int64_t count, Direction down, Direction across,
                   SnDivider<Index> windows, SnDivider<Index> window_columns, SnDivider<Index> kernel_height,
                   SnDivider<Index> kernel_width) {
  for (int64_t o = sn_first_piece(); o < count; o += sn_piece_step()) {
    Index window, j, k, l;
    Index cell = windows.divide((Index)o, &window), i = window_columns.divide(window, &j);
    Index plane = kernel_height.divide(kernel_width.divide(cell, &l), &k); /* of [N, C] */
    int64_t h = (int64_t)i * down.stride - down.padding + (int64_t)k * down.dilation;
    int64_t w = (int64_t)j * across.stride - across.padding + (int64_t)l * across.dilation;
    bool inside = h >= 0 && h < down.size && w >= 0 && w < across.size;
    columns[o] = inside ? x[((int64_t)plane * down.size + h) * across.size + w] : 0;
  }
}

/* The window whose k-th cell lies at `cell`; -1 when there is none. */
__device__ __forceinline__ int64_t window_with(int64_t cell, int64_t k, const Direction &d) {
  int64_t start = cell + d.padding - k * d.dilation;
  return start >= 0 && start % d.stride == 0 && start / d.stride < d.windows ? start / d.stride : -1;
}

/* dx = sum of dcolumns over the columns that hold this element */
template <typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    backward_kernel(const T *__restrict__ dcolumns, T *__restrict__ dx, int64_t count, Direction down, Direction across,
                    SnPlanes<int64_t> planes) {
  for (int64_t o = sn_first_piece(); o < count; o += sn_piece_step()) {
    int64_t h, w, plane = planes.at(o, &h, &w);
    T sum = 0;
    for (int64_t k = 0; k < down.kernel; k++) {
      int64_t i = window_with(h, k, down);
      if (i < 0) continue;
      for (int64_t l = 0; l < across.kernel; l++) {
        int64_t j = window_with(w, l, across), row = (plane * down.kernel + k) * across.kernel + l;
        if (j >= 0) sum += dcolumns[(row * down.windows + i) * across.windows + j];
      }
    }
    dx[o] = sum;
  }
}

Direction direction(const SnArray *image, const SnUnfold &u, int d) {
  int64_t span = image->shape[2 + d] + 2 * u.padding[d] - u.dilation[d] * (u.kernel[d] - 1) - 1;
  int64_t windows = span < 0 ? 0 : span / u.stride[d] + 1;
  return {image->shape[2 + d], windows, u.kernel[d], u.stride[d], u.padding[d], u.dilation[d]};
}

template <typename Index, typename T>
bool unfold(const SnCall *call, int64_t count) {
  Direction down = direction(call->in[0], call->attributes.unfold, 0);
  Direction across = direction(call->in[0], call->attributes.unfold, 1);
  SN_LAUNCH((forward_kernel<Index, T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
            sn_data<const T>(call->in[0]), sn_data<T>(call->out[0]), count, down, across,
            SnDivider<Index>(down.windows * across.windows), SnDivider<Index>(across.windows),
            SnDivider<Index>(down.kernel), SnDivider<Index>(across.kernel));
  return sn_cuda_launched("unfold");
}

template <typename T>
bool run_forward(const SnCall *call) {
  int64_t count = sn_array_count(call->out[0]);
  if (count == 0) return true;
  return sn_is_small(count) ? unfold<uint32_t, T>(call, count) : unfold<int64_t, T>(call, count);
}

template <typename T>
bool run_backward(const SnCall *call) {
  const SnArray *dx = call->out[0];
  int64_t count = sn_array_count(dx);
  if (count == 0) return true;
  SN_LAUNCH((backward_kernel<T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
            sn_data<const T>(call->in[0]), sn_data<T>(dx), count, direction(dx, call->attributes.unfold, 0),
            direction(dx, call->attributes.unfold, 1), SnPlanes<int64_t>(dx));
  return sn_cuda_launched("unfold_backward");
}

}  // namespace

bool sn_cuda_unfold(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_unfold_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_backward, call); }
