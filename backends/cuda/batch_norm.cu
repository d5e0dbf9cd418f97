/* Batch normalisation of [N,C,S] over N and S (backends/reference/batch_norm.c), in three kernels: sums of parts of
 * each channel, what follows from them for each channel, and every element. Bytes moved: in training x is read twice
 * and y written once; backward dy and x are read twice and dx is written once. */
#include "backends/cuda/channels.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

/* ---- forward ---- */

/* Deviations from the channel's first number and their squares: a large mean costs no digits. */
template <typename T>
struct Deviations {
  typedef T Type;
  const T *x;
  int64_t positions;
  T centre;
  __device__ __forceinline__ void prepare(int64_t channel) { centre = x[channel * positions]; }
  __device__ __forceinline__ void at(int64_t place, T *first, T *second) const {
    *first = x[place] - centre;
    *second = *first * *first;
  }
};

template <typename T>
struct Forward {
  const T *x, *weight, *bias;
  T *running_mean, *running_var, *y, *mean, *inverse_std;
  double eps, momentum;
};

/* running = (1 - momentum) running + momentum batch */
template <typename T>
__device__ __forceinline__ void update(T *running, double batch, double momentum) {
  if (running) *running = (T)((1 - momentum) * (double)*running + momentum * batch);
}

/* partial is absent where the running statistics are used. */
template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) statistics_kernel(Forward<T> f, const SnTwo *partial, SnChannels c) {
  for (int64_t channel = sn_first_piece(); channel < c.channels; channel += sn_piece_step()) {
    double mean = 0, variance = 0, count = (double)c.count;
    if (!partial) {
      mean = (double)f.running_mean[channel];
      variance = (double)f.running_var[channel];
    } else if (c.count > 0) {
      SnTwo sum = sn_whole_sums(partial, c, channel);
      double shift = sum.first / count, rest = sum.second / count - shift * shift;
      mean = (double)f.x[channel * c.positions] + shift;
      variance = rest < 0 ? 0 : rest; /* NaN stays */
      update(f.running_mean ? f.running_mean + channel : nullptr, mean, f.momentum);
      update(f.running_var ? f.running_var + channel : nullptr, variance * count / (count - 1), f.momentum);
    }
    f.mean[channel] = (T)mean;
    f.inverse_std[channel] = (T)(1 / sqrt(variance + f.eps));
  }
}

template <typename Index, typename T, int N>
__global__ void __launch_bounds__(SN_BLOCK) normalise_kernel(Forward<T> f, int64_t count, SnPlanes<Index> planes) {
  typedef SnPack<T, N> Pack;
  for (int64_t i = sn_first_piece() * N; i < count; i += sn_piece_step() * N) {
    Pack pack;
    int n = count - i < N ? (int)(count - i) : N;
    if (n == N)
      pack = *reinterpret_cast<const Pack *>(f.x + i);
    else
      for (int k = 0; k < n; k++) pack.at[k] = f.x[i + k];
#pragma unroll
    for (int k = 0; k < N; k++) {
      if (k >= n) break;
      Index channel, position;
      planes.at((Index)(i + k), &channel, &position);
      T xhat = (pack.at[k] - f.mean[channel]) * f.inverse_std[channel];
      pack.at[k] = (f.weight ? f.weight[channel] : 1) * xhat + (f.bias ? f.bias[channel] : 0);
    }
    if (n == N)
      *reinterpret_cast<Pack *>(f.y + i) = pack;
    else
      for (int k = 0; k < n; k++) f.y[i + k] = pack.at[k];
  }
}

template <typename Index, typename T>
void normalise(const Forward<T> &f, const SnArray *y) {
  constexpr int N = sn_pack_size<T>();
  int64_t count = sn_array_count(y);
  if (sn_is_aligned(f.x, 16) && sn_is_aligned(f.y, 16))
    SN_LAUNCH((normalise_kernel<Index, T, N>), sn_cuda_grid(count, SN_BLOCK * N), SN_BLOCK, 0, sn_cuda_stream(), f,
              count, SnPlanes<Index>(y));
  else
    SN_LAUNCH((normalise_kernel<Index, T, 1>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), f, count,
              SnPlanes<Index>(y));
}

template <typename T>
bool run_forward(const SnCall *call) {
  const SnArray *x = call->in[0];
  SnChannels c = sn_cuda_channels(x);
  Forward<T> f = {sn_data<const T>(x),
                  sn_data<const T>(call->in[1]),
                  sn_data<const T>(call->in[2]),
                  sn_data<T>(call->in[3]),
                  sn_data<T>(call->in[4]),
                  sn_data<T>(call->out[0]),
                  sn_data<T>(call->out[1]),
                  sn_data<T>(call->out[2]),
                  call->attributes.batch_norm.eps,
                  call->attributes.batch_norm.momentum};
  SnTwo *partial = nullptr;
  if (c.channels == 0) return true;
  if (call->attributes.batch_norm.training) {
    partial = static_cast<SnTwo *>(sn_cuda_scratch((size_t)(c.channels * c.segments) * sizeof(SnTwo)));
    if (!partial) return false;
    if (c.count > 0) sn_cuda_sum_channels(Deviations<T>{f.x, c.positions, 0}, partial, c);
  }
  SN_LAUNCH((statistics_kernel<T>), sn_cuda_grid(c.channels, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), f, partial, c);
  if (c.count > 0) {
    if (sn_is_small(sn_array_count(x)))
      normalise<uint32_t, T>(f, x);
    else
      normalise<int64_t, T>(f, x);
  }
  return sn_cuda_launched("batch_norm");
}

/* ---- backward ---- */

template <typename T>
struct Backward {
  const T *dy, *x, *weight, *mean, *inverse_std;
  T *dx, *dweight, *dbias;
  bool training;
};

template <typename T>
struct Gradients {
  typedef T Type;
  Backward<T> b;
  T mean, scale;
  __device__ __forceinline__ void prepare(int64_t channel) {
    mean = b.mean[channel];
    scale = b.inverse_std[channel];
  }
  __device__ __forceinline__ void at(int64_t place, T *first, T *second) const {
    *first = b.dy[place];
    *second = *first * ((b.x[place] - mean) * scale);
  }
};

/* After the parameters' gradients the sums over the channel's count are in `mean_dbias` and `mean_dweight`. */
template <typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    parameters_kernel(Backward<T> b, const SnTwo *partial, T *mean_dbias, T *mean_dweight, SnChannels c) {
  for (int64_t channel = sn_first_piece(); channel < c.channels; channel += sn_piece_step()) {
    SnTwo sum = {0, 0};
    if (c.count > 0) sum = sn_whole_sums(partial, c, channel);
    b.dbias[channel] = (T)sum.first;
    b.dweight[channel] = (T)sum.second;
    mean_dbias[channel] = (T)(b.training ? sum.first / (double)c.count : 0);
    mean_dweight[channel] = (T)(b.training ? sum.second / (double)c.count : 0);
  }
}

template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    input_kernel(Backward<T> b, const T *mean_dbias, const T *mean_dweight, int64_t count, SnPlanes<Index> planes) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    Index channel, position;
    planes.at((Index)i, &channel, &position);
    T scale = b.inverse_std[channel], xhat = (b.x[i] - b.mean[channel]) * scale;
    T centred = b.dy[i] - (mean_dbias[channel] + xhat * mean_dweight[channel]);
    b.dx[i] = (b.weight ? b.weight[channel] : 1) * scale * centred;
  }
}

template <typename T>
bool run_backward(const SnCall *call) {
  const SnArray *x = call->in[1];
  SnChannels c = sn_cuda_channels(x);
  Backward<T> b = {sn_data<const T>(call->in[0]), sn_data<const T>(x),           sn_data<const T>(call->in[2]),
                   sn_data<const T>(call->in[3]), sn_data<const T>(call->in[4]), sn_data<T>(call->out[0]),
                   sn_data<T>(call->out[1]),      sn_data<T>(call->out[2]),      call->attributes.batch_norm.training};
  int64_t parts = c.channels * c.segments, count = c.count * c.channels;
  if (c.channels == 0) return true;
  SnTwo *partial =
      static_cast<SnTwo *>(sn_cuda_scratch((size_t)parts * sizeof(SnTwo) + 2 * (size_t)c.channels * sizeof(T)));
  if (!partial) return false;
  T *mean_dbias = reinterpret_cast<T *>(partial + parts), *mean_dweight = mean_dbias + c.channels;
  cudaStream_t stream = sn_cuda_stream();
  if (count > 0) sn_cuda_sum_channels(Gradients<T>{b, 0, 0}, partial, c);
  SN_LAUNCH((parameters_kernel<T>), sn_cuda_grid(c.channels, SN_BLOCK), SN_BLOCK, 0, stream, b, partial, mean_dbias,
            mean_dweight, c);
  if (count > 0 && sn_is_small(count))
    SN_LAUNCH((input_kernel<uint32_t, T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, stream, b, mean_dbias,
              mean_dweight, count, SnPlanes<uint32_t>(x));
  else if (count > 0)
    SN_LAUNCH((input_kernel<int64_t, T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, stream, b, mean_dbias,
              mean_dweight, count, SnPlanes<int64_t>(x));
  return sn_cuda_launched("batch_norm_backward");
}

}  // namespace

bool sn_cuda_batch_norm(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_batch_norm_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[1], run_backward, call); }
