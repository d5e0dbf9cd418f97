/* Layer normalisation (backends/reference/layer_norm.c). Rows [R,C,1]: a block a row. Channels [N,C,S]: a thread a
 * position, whose neighbours read neighbouring memory. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/reduce.cuh"

namespace {

constexpr int64_t PER_THREAD = 4;

template <typename T>
struct Normalised {
  const T *x, *weight, *bias;
  T *y;
  int64_t rows, channels, positions;
  double eps;
};

/* Of a row, by all threads of a block. */
template <typename T>
__device__ __forceinline__ void row_statistics(const T *x, int64_t channels, double eps, double *shared, double *mean,
                                               double *inverse_std) {
  SnSum<T> sum, squares;
  T first = x[0];
  for (int64_t c = threadIdx.x; c < channels; c += blockDim.x) sum.add(x[c] - first);
  T centre = first + (T)(sn_block_reduce<SnAdd>(sum.value(), shared) / (double)channels);
  for (int64_t c = threadIdx.x; c < channels; c += blockDim.x) squares.add((x[c] - centre) * (x[c] - centre));
  double variance = sn_block_reduce<SnAdd>(squares.value(), shared) / (double)channels;
  *mean = (double)centre;
  *inverse_std = 1 / sqrt(variance + eps);
}

template <typename T>
__global__ void rows_kernel(Normalised<T> n) {
  __shared__ double shared[SN_WARP];
  for (int64_t r = blockIdx.x; r < n.rows; r += gridDim.x) {
    const T *x = n.x + r * n.channels;
    double mean, inverse_std;
    row_statistics(x, n.channels, n.eps, shared, &mean, &inverse_std);
    for (int64_t c = threadIdx.x; c < n.channels; c += blockDim.x) {
      T value = (x[c] - (T)mean) * (T)inverse_std;
      n.y[r * n.channels + c] = value * (n.weight ? n.weight[c] : (T)1) + (n.bias ? n.bias[c] : (T)0);
    }
  }
}

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) channels_kernel(Normalised<T> n) {
  for (int64_t i = sn_first_piece(); i < n.rows * n.positions; i += sn_piece_step()) {
    int64_t at = i / n.positions * n.channels * n.positions + i % n.positions;
    const T *x = n.x + at;
    SnSum<T> sum, squares;
    T first = x[0];
    for (int64_t c = 0; c < n.channels; c++) sum.add(x[c * n.positions] - first);
    T mean = first + (T)(sum.value() / (double)n.channels);
    for (int64_t c = 0; c < n.channels; c++) squares.add((x[c * n.positions] - mean) * (x[c * n.positions] - mean));
    T inverse_std = (T)(1 / sqrt(squares.value() / (double)n.channels + n.eps));
    for (int64_t c = 0; c < n.channels; c++) {
      T value = (x[c * n.positions] - mean) * inverse_std;
      n.y[at + c * n.positions] = value * (n.weight ? n.weight[c] : (T)1) + (n.bias ? n.bias[c] : (T)0);
    }
  }
}

/* dx = r (h - mean h - xn mean (h xn)) with h = w dy; mean and r of the row go into statistics [R,2]. */
template <typename T>
__global__ void backward_kernel(Normalised<T> n, const T *dy, T *dx, double *statistics) {
  __shared__ double shared[SN_WARP];
  for (int64_t r = blockIdx.x; r < n.rows; r += gridDim.x) {
    const T *x = n.x + r * n.channels, *g = dy + r * n.channels;
    double mean, inverse_std;
    row_statistics(x, n.channels, n.eps, shared, &mean, &inverse_std);
    SnSum<T> sum, product;
    for (int64_t c = threadIdx.x; c < n.channels; c += blockDim.x) {
      T h = n.weight ? g[c] * n.weight[c] : g[c];
      sum.add(h);
      product.add(h * ((x[c] - (T)mean) * (T)inverse_std));
    }
    T mean_h = (T)(sn_block_reduce<SnAdd>(sum.value(), shared) / (double)n.channels);
    T mean_product = (T)(sn_block_reduce<SnAdd>(product.value(), shared) / (double)n.channels);
    for (int64_t c = threadIdx.x; c < n.channels; c += blockDim.x) {
      T h = n.weight ? g[c] * n.weight[c] : g[c], xn = (x[c] - (T)mean) * (T)inverse_std;
      dx[r * n.channels + c] = (T)inverse_std * (h - mean_h - xn * mean_product);
    }
    if (threadIdx.x == 0) {
      statistics[2 * r] = mean;
      statistics[2 * r + 1] = inverse_std;
    }
  }
}

/* A thread a channel. */
template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) parameters_kernel(const T *x, const T *dy, const double *statistics,
                                                              T *dweight, T *dbias, int64_t rows, int64_t channels) {
  for (int64_t c = sn_first_piece(); c < channels; c += sn_piece_step()) {
    SnSum<T> sum, product;
    for (int64_t r = 0; r < rows; r++) {
      T g = dy[r * channels + c];
      sum.add(g);
      product.add(g * ((x[r * channels + c] - (T)statistics[2 * r]) * (T)statistics[2 * r + 1]));
    }
    dweight[c] = (T)product.value();
    dbias[c] = (T)sum.value();
  }
}

unsigned threads_of(int64_t columns) {
  int64_t warps = sn_divide_up(columns, SN_WARP * PER_THREAD);
  return (unsigned)(min(max(warps, (int64_t)1), (int64_t)(SN_BLOCK / SN_WARP)) * SN_WARP);
}

template <typename T>
bool run_forward(const SnCall *call) {
  const SnArray *x = call->in[0];
  Normalised<T> n = {sn_data<const T>(x),
                     sn_data<const T>(call->in[1]),
                     sn_data<const T>(call->in[2]),
                     sn_data<T>(call->out[0]),
                     x->shape[0],
                     x->shape[1],
                     x->shape[2],
                     call->attributes.layer_norm.eps};
  if (sn_array_count(x) == 0) return true;
  if (n.positions == 1)
    SN_LAUNCH(rows_kernel<T>, sn_cuda_grid(n.rows, 1), threads_of(n.channels), 0, sn_cuda_stream(), n);
  else
    SN_LAUNCH(channels_kernel<T>, sn_cuda_grid(n.rows * n.positions, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), n);
  return sn_cuda_launched("layer_norm");
}

template <typename T>
bool run_backward(const SnCall *call) {
  const SnArray *x = call->in[1];
  int64_t rows = x->shape[0], channels = x->shape[1];
  Normalised<T> n = {sn_data<const T>(x),
                     sn_data<const T>(call->in[2]),
                     nullptr,
                     nullptr,
                     rows,
                     channels,
                     1,
                     call->attributes.layer_norm.eps};
  if (channels == 0) return true;
  double *statistics = (double *)sn_cuda_scratch((size_t)(2 * rows + 1) * sizeof(double));
  if (!statistics) return false;
  const T *dy = sn_data<const T>(call->in[0]);
  if (rows > 0)
    SN_LAUNCH(backward_kernel<T>, sn_cuda_grid(rows, 1), threads_of(channels), 0, sn_cuda_stream(), n, dy,
              sn_data<T>(call->out[0]), statistics);
  SN_LAUNCH(parameters_kernel<T>, sn_cuda_grid(channels, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), n.x, dy,
            (const double *)statistics, sn_data<T>(call->out[1]), sn_data<T>(call->out[2]), rows, channels);
  return sn_cuda_launched("layer_norm_backward");
}

}  // namespace

bool sn_cuda_layer_norm(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_layer_norm_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[1], run_backward, call); }
