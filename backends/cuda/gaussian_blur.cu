/* Gaussian smoothing, one direction after the other (backends/reference/gaussian_blur.c). A thread a result: neighbours
 * read overlapping lines, which the cache gives. Bytes moved: x, an array between the two directions twice, and y. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/reduce.cuh"

namespace {

/* g[k] = e^(-k^2 / 2 sigma^2), divided by their sum over -radius to radius. One block. */
template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) weights_kernel(T *weights, int64_t radius, double sigma) {
  __shared__ double shared[SN_WARP];
  double scale = -0.5 / (sigma * sigma), own = 0;
  for (int64_t k = threadIdx.x; k <= radius; k += SN_BLOCK)
    own += (k == 0 ? 1 : 2) * (k == 0 ? 1 : exp(scale * (double)(k * k)));
  double total = sn_block_reduce<SnAdd>(own, shared);
  for (int64_t k = threadIdx.x; k <= radius; k += SN_BLOCK)
    weights[k] = (T)((k == 0 ? 1 : exp(scale * (double)(k * k))) / total);
}

/* d c b a | a b c d | d c b a, for ever */
__device__ __forceinline__ int64_t mirror(int64_t i, int64_t size) {
  if (i >= 0 && i < size) return i;
  int64_t place = i % (2 * size);
  if (place < 0) place += 2 * size;
  return place < size ? place : 2 * size - 1 - place;
}

/* Along a dimension of `size` whose neighbours lie `stride` apart. */
template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    blur_kernel(const T *__restrict__ x, T *__restrict__ y, const T *__restrict__ weights, int64_t radius,
                int64_t count, int64_t size, int64_t stride, SnPlanes<Index> planes, bool down) {
  for (int64_t o = sn_first_piece(); o < count; o += sn_piece_step()) {
    Index row, column;
    planes.at((Index)o, &row, &column);
    int64_t i = (int64_t)(down ? row : column);
    const T *line = x + o - i * stride;
    T sum = 0;
    for (int64_t k = radius; k > 0; k--)
      sum += weights[k] * (line[mirror(i - k, size) * stride] + line[mirror(i + k, size) * stride]);
    y[o] = sum + weights[0] * line[i * stride];
  }
}

template <typename Index, typename T>
void blur_along(int dim, const T *x, T *y, const T *weights, int64_t radius, const SnArray *shape) {
  int64_t count = sn_array_count(shape);
  SN_LAUNCH((blur_kernel<Index, T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), x, y, weights,
            radius, count, shape->shape[dim], dim == 2 ? shape->shape[3] : 1, SnPlanes<Index>(shape), dim == 2);
}

template <typename T>
bool blur(const SnCall *call, int first_dim, int second_dim) {
  const SnArray *y = call->out[0];
  double sigma = call->attributes.gaussian_blur.sigma, reach = 4 * sigma + 0.5;
  int64_t count = sn_array_count(y), radius = (int64_t)min(max(reach, 0.0), (double)((int64_t)1 << 58));
  if (count == 0) return true;
  T *between = static_cast<T *>(sn_cuda_scratch(((size_t)count + (size_t)radius + 1) * sizeof(T)));
  if (!between) return false;
  T *weights = between + count;
  const T *x = sn_data<const T>(call->in[0]);
  SN_LAUNCH((weights_kernel<T>), 1, SN_BLOCK, 0, sn_cuda_stream(), weights, radius, sigma);
  if (sn_is_small(count)) {
    blur_along<uint32_t>(first_dim, x, between, weights, radius, y);
    blur_along<uint32_t>(second_dim, static_cast<const T *>(between), sn_data<T>(y), weights, radius, y);
  } else {
    blur_along<int64_t>(first_dim, x, between, weights, radius, y);
    blur_along<int64_t>(second_dim, static_cast<const T *>(between), sn_data<T>(y), weights, radius, y);
  }
  return sn_cuda_launched("gaussian_blur2d");
}

template <typename T>
bool run_forward(const SnCall *call) {
  return blur<T>(call, 2, 3);
}
template <typename T>
bool run_backward(const SnCall *call) {
  return blur<T>(call, 3, 2);
}

}  // namespace

bool sn_cuda_gaussian_blur2d(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_gaussian_blur2d_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_backward, call); }
