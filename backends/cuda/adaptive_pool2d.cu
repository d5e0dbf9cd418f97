/* Adaptive average pooling (backends/reference/adaptive_pool2d.c), a thread a result. Bytes moved: both arrays, once
 * each; bins that overlap come from the cache. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

/* Where bin i begins, and one past its last cell. Turned round, (cell, bins, size), the same two formulas give the
 * first bin that covers a cell and one past the last that does. */
template <typename Index>
__device__ __forceinline__ Index bin_start(Index i, Index size, Index bins) {
  return i * size / bins;
}
template <typename Index>
__device__ __forceinline__ Index bin_end(Index i, Index size, Index bins) {
  return ((i + 1) * size + bins - 1) / bins;
}

template <typename Index>
struct Sizes {
  Index height, width, rows, columns; /* of the image; of the bins */
};

template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    forward_kernel(const T *__restrict__ x, T *__restrict__ y, int64_t count, Sizes<Index> s, SnPlanes<Index> planes) {
  for (int64_t o = sn_first_piece(); o < count; o += sn_piece_step()) {
    Index i, j, plane = planes.at((Index)o, &i, &j);
    Index top = bin_start(i, s.height, s.rows), bottom = bin_end(i, s.height, s.rows);
    Index left = bin_start(j, s.width, s.columns), right = bin_end(j, s.width, s.columns);
    const T *image = x + (int64_t)plane * (int64_t)s.height * (int64_t)s.width;
    T sum = 0;
    for (Index h = top; h < bottom; h++) {
      T row = 0; /* a row's sum by itself: less rounding */
      for (Index w = left; w < right; w++) row += image[(int64_t)h * (int64_t)s.width + (int64_t)w];
      sum += row;
    }
    y[o] = sum / (T)((int64_t)(bottom - top) * (int64_t)(right - left));
  }
}

/* dx = sum of dy / (cells of the bin) over the bins that cover this place */
template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK) backward_kernel(const T *__restrict__ dy, T *__restrict__ dx, int64_t count,
                                                            Sizes<Index> s, SnPlanes<Index> planes) {
  for (int64_t o = sn_first_piece(); o < count; o += sn_piece_step()) {
    Index h, w, plane = planes.at((Index)o, &h, &w);
    const T *gradient = dy + (int64_t)plane * (int64_t)s.rows * (int64_t)s.columns;
    Index i_end = bin_end(h, s.rows, s.height), j_end = bin_end(w, s.columns, s.width);
    T sum = 0;
    for (Index i = bin_start(h, s.rows, s.height); i < i_end; i++) {
      Index bin_height = bin_end(i, s.height, s.rows) - bin_start(i, s.height, s.rows);
      T row = 0;
      for (Index j = bin_start(w, s.columns, s.width); j < j_end; j++) {
        Index bin_width = bin_end(j, s.width, s.columns) - bin_start(j, s.width, s.columns);
        row += gradient[(int64_t)i * (int64_t)s.columns + (int64_t)j] / (T)bin_width;
      }
      sum += row / (T)bin_height;
    }
    dx[o] = sum;
  }
}

template <typename Index, typename T, bool BACKWARD>
bool pool(const SnArray *image, const SnArray *bins, const SnArray *from, const SnArray *to) {
  Sizes<Index> sizes = {(Index)image->shape[2], (Index)image->shape[3], (Index)bins->shape[2], (Index)bins->shape[3]};
  int64_t count = sn_array_count(to);
  if (BACKWARD)
    SN_LAUNCH((backward_kernel<Index, T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
              sn_data<const T>(from), sn_data<T>(to), count, sizes, SnPlanes<Index>(to));
  else
    SN_LAUNCH((forward_kernel<Index, T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
              sn_data<const T>(from), sn_data<T>(to), count, sizes, SnPlanes<Index>(to));
  return sn_cuda_launched("adaptive_avg_pool2d");
}

/* 32 bits are enough where i size is below 2^31 in both directions, and the number of results too. */
template <typename T, bool BACKWARD>
bool pool_any(const SnCall *call) {
  const SnArray *from = call->in[0], *to = call->out[0];
  const SnArray *image = BACKWARD ? to : from, *bins = BACKWARD ? from : to;
  bool small = sn_is_small(sn_array_count(to));
  for (int d = 2; d < 4; d++)
    small =
        small && image->shape[d] < 1 << 30 && (bins->shape[d] + 2) < (((int64_t)1 << 31) - 1) / (image->shape[d] + 1);
  if (sn_array_count(to) == 0) return true;
  return small ? pool<uint32_t, T, BACKWARD>(image, bins, from, to) : pool<int64_t, T, BACKWARD>(image, bins, from, to);
}

template <typename T>
bool run_forward(const SnCall *call) {
  return pool_any<T, false>(call);
}
template <typename T>
bool run_backward(const SnCall *call) {
  return pool_any<T, true>(call);
}

}  // namespace

bool sn_cuda_adaptive_avg_pool2d(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_adaptive_avg_pool2d_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_backward, call); }
