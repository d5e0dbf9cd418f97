/* Pooling (backends/reference/pool2d.c), a thread a result: neighbours read overlapping windows, which the cache gives.
 * Bytes moved: both arrays, once each. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

/* One direction of the windows over an image. */
struct Direction {
  int64_t size, windows, kernel, stride, padding;
};

/* The part of a window that lies inside the image: cells [start, end). `padded` counts the cells inside the image and
 * its padding: the last window can reach beyond even that. */
struct Window {
  int64_t start, end, padded;
};

__device__ __forceinline__ Window window_at(int64_t out, const Direction &d) {
  int64_t start = out * d.stride - d.padding, end = min(start + d.kernel, d.size + d.padding);
  return {max(start, (int64_t)0), min(end, d.size), end - start};
}

/* The windows that cover a cell: [first_window, window_end). */
__device__ __forceinline__ int64_t first_window(int64_t cell, const Direction &d) {
  int64_t before = cell + d.padding - d.kernel;
  return before < 0 ? 0 : before / d.stride + 1;
}
__device__ __forceinline__ int64_t window_end(int64_t cell, const Direction &d) {
  return min((cell + d.padding) / d.stride + 1, d.windows);
}

struct Pool {
  Direction down, across;
  bool exclude_padding;
};

/* What a window's sum is divided by. */
template <typename T>
__device__ __forceinline__ T cells(const Window &rows, const Window &columns, bool exclude_padding) {
  if (exclude_padding) return (T)((rows.end - rows.start) * (columns.end - columns.start));
  return (T)(rows.padded * columns.padded);
}

/* NaN is larger than any number. Padding never wins. */
template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    max_kernel(const T *__restrict__ x, T *__restrict__ y, int64_t *__restrict__ indices, int64_t count, Pool pool,
               SnPlanes<Index> planes) {
  for (int64_t o = sn_first_piece(); o < count; o += sn_piece_step()) {
    Index i, j, plane = planes.at((Index)o, &i, &j);
    Window rows = window_at((int64_t)i, pool.down), columns = window_at((int64_t)j, pool.across);
    const T *image = x + (int64_t)plane * pool.down.size * pool.across.size;
    T max = -INFINITY;
    int64_t place = rows.start * pool.across.size + columns.start;
    for (int64_t h = rows.start; h < rows.end; h++)
      for (int64_t w = columns.start; w < columns.end; w++) {
        T value = image[h * pool.across.size + w];
        if (!(value > max || isnan(value))) continue;
        max = value;
        place = h * pool.across.size + w;
      }
    y[o] = max;
    if (indices) indices[o] = place;
  }
}

template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    average_kernel(const T *__restrict__ x, T *__restrict__ y, int64_t count, Pool pool, SnPlanes<Index> planes) {
  for (int64_t o = sn_first_piece(); o < count; o += sn_piece_step()) {
    Index i, j, plane = planes.at((Index)o, &i, &j);
    Window rows = window_at((int64_t)i, pool.down), columns = window_at((int64_t)j, pool.across);
    const T *image = x + (int64_t)plane * pool.down.size * pool.across.size;
    bool empty = rows.start >= rows.end || columns.start >= columns.end;
    T sum = 0;
    for (int64_t h = rows.start; h < rows.end; h++) {
      T row = 0; /* a row's sum by itself: less rounding */
      for (int64_t w = columns.start; w < columns.end; w++) row += image[h * pool.across.size + w];
      sum += row;
    }
    y[o] = empty ? 0 : sum / cells<T>(rows, columns, pool.exclude_padding);
  }
}

/* dx collects from the windows that cover it: of the largest, those that found it here. */
template <typename Index, typename T, bool MAX>
__global__ void __launch_bounds__(SN_BLOCK)
    backward_kernel(const T *__restrict__ dy, const int64_t *__restrict__ indices, T *__restrict__ dx, int64_t count,
                    Pool pool, SnPlanes<Index> planes) {
  for (int64_t o = sn_first_piece(); o < count; o += sn_piece_step()) {
    Index h, w, plane = planes.at((Index)o, &h, &w);
    int64_t first = (int64_t)plane * pool.down.windows * pool.across.windows;
    int64_t place = (int64_t)h * pool.across.size + (int64_t)w;
    int64_t i_end = window_end((int64_t)h, pool.down), j_end = window_end((int64_t)w, pool.across);
    int64_t j_first = first_window((int64_t)w, pool.across);
    T sum = 0;
    for (int64_t i = first_window((int64_t)h, pool.down); i < i_end; i++)
      for (int64_t j = j_first; j < j_end; j++) {
        int64_t window = first + i * pool.across.windows + j;
        if (MAX) {
          if (indices[window] == place) sum += dy[window];
        } else {
          sum += dy[window] / cells<T>(window_at(i, pool.down), window_at(j, pool.across), pool.exclude_padding);
        }
      }
    dx[o] = sum;
  }
}

Pool pool_of(const SnArray *image, const SnArray *windows, const SnPool2d &options) {
  Pool pool = {{}, {}, options.exclude_padding};
  Direction *directions[] = {&pool.down, &pool.across};
  for (int d = 0; d < 2; d++)
    *directions[d] = {image->shape[2 + d], windows->shape[2 + d], options.kernel[d], options.stride[d],
                      options.padding[d]};
  return pool;
}

template <typename Index, typename T>
bool max_pool(const SnCall *call, const Pool &pool, int64_t count) {
  const SnArray *y = call->out[0];
  SN_LAUNCH((max_kernel<Index, T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
            sn_data<const T>(call->in[0]), sn_data<T>(y), sn_data<int64_t>(call->out[1]), count, pool,
            SnPlanes<Index>(y));
  return sn_cuda_launched("max_pool2d");
}

template <typename Index, typename T>
bool average_pool(const SnCall *call, const Pool &pool, int64_t count) {
  const SnArray *y = call->out[0];
  SN_LAUNCH((average_kernel<Index, T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
            sn_data<const T>(call->in[0]), sn_data<T>(y), count, pool, SnPlanes<Index>(y));
  return sn_cuda_launched("avg_pool2d");
}

template <typename T, bool MAX>
bool backward(const SnCall *call) {
  const SnArray *dx = call->out[0];
  int64_t count = sn_array_count(dx);
  if (count == 0) return true;
  SN_LAUNCH((backward_kernel<int64_t, T, MAX>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
            sn_data<const T>(call->in[0]), sn_data<const int64_t>(MAX ? call->in[1] : nullptr), sn_data<T>(dx), count,
            pool_of(dx, call->in[0], call->attributes.pool2d), SnPlanes<int64_t>(dx));
  return sn_cuda_launched("pool2d_backward");
}

template <typename T>
bool run_max_pool(const SnCall *call) {
  int64_t count = sn_array_count(call->out[0]);
  Pool pool = pool_of(call->in[0], call->out[0], call->attributes.pool2d);
  if (count == 0) return true;
  return sn_is_small(count) ? max_pool<uint32_t, T>(call, pool, count) : max_pool<int64_t, T>(call, pool, count);
}

template <typename T>
bool run_average_pool(const SnCall *call) {
  int64_t count = sn_array_count(call->out[0]);
  Pool pool = pool_of(call->in[0], call->out[0], call->attributes.pool2d);
  if (count == 0) return true;
  return sn_is_small(count) ? average_pool<uint32_t, T>(call, pool, count)
                            : average_pool<int64_t, T>(call, pool, count);
}

template <typename T>
bool run_max_backward(const SnCall *call) {
  return backward<T, true>(call);
}
template <typename T>
bool run_average_backward(const SnCall *call) {
  return backward<T, false>(call);
}

}  // namespace

bool sn_cuda_max_pool2d(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_max_pool, call); }

bool sn_cuda_max_pool2d_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_max_backward, call); }

bool sn_cuda_avg_pool2d(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_average_pool, call); }

bool sn_cuda_avg_pool2d_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_average_backward, call); }
