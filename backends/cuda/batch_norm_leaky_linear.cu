/* A discriminator's tail (backends/reference/batch_norm_leaky_linear.c). A block takes a few channels, one after the
 * other, and reads each once from memory: what is read again, for the elements after the statistics, comes from the
 * first-level cache (25 KB a channel in SimpleNet's training). Bytes moved forward: x once, and 1 / CHANNELS of it
 * written and read for the sums over channels, which a second kernel adds in block order. Backward: x once, dx once, dy
 * from the cache. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/reduce.cuh"

namespace {

/* Of a block. */
constexpr int CHANNELS = 4;
constexpr int64_t MOST_THREADS = 512;
/* Results that a block adds up in shared memory; of more, in its part of the scratch memory. */
constexpr size_t SHARED = 48 << 10;

template <typename T>
struct Tail {
  int64_t channels, positions, count; /* C, S, N S */
  const T *x, *weight, *bias, *projection, *dy;
  T *running_mean, *running_var, *mean, *inverse_std, *y, *dx, *dweight, *dbias, *dprojection;
  double eps, momentum;
  T slope;
};

/* Where number i of a channel lies, and i itself is its place in y. */
template <typename Index, typename T>
__device__ __forceinline__ int64_t place_of(const Tail<T> &t, const SnDivider<Index> &positions, int64_t channel,
                                            int64_t i) {
  Index position, image = positions.divide((Index)i, &position);
  return ((int64_t)image * t.channels + channel) * t.positions + (int64_t)position;
}

/* ---- forward ---- */

template <typename Index, typename T>
__device__ __forceinline__ void set_statistics(const Tail<T> &t, const SnDivider<Index> &positions, int64_t channel,
                                               double *shared) {
  T centre = t.x[channel * t.positions]; /* a large mean costs no digits */
  SnSum<T> deviations, squares;
  for (int64_t i = threadIdx.x; i < t.count; i += blockDim.x) {
    T deviation = t.x[place_of(t, positions, channel, i)] - centre;
    deviations.add(deviation);
    squares.add(deviation * deviation);
  }
  double sum = sn_block_reduce<SnAdd>(deviations.value(), shared);
  double square_sum = sn_block_reduce<SnAdd>(squares.value(), shared);
  if (threadIdx.x == 0) {
    double count = (double)t.count, shift = sum / count, rest = square_sum / count - shift * shift;
    double mean = (double)centre + shift, variance = rest < 0 ? 0 : rest, m = t.momentum; /* NaN stays */
    t.running_mean[channel] = (T)((1 - m) * (double)t.running_mean[channel] + m * mean);
    t.running_var[channel] = (T)((1 - m) * (double)t.running_var[channel] + m * variance * count / (count - 1));
    t.mean[channel] = (T)mean;
    t.inverse_std[channel] = (T)(1 / sqrt(variance + t.eps));
  }
  __syncthreads();
}

template <typename Index, typename T>
__global__ void __launch_bounds__(MOST_THREADS)
    forward_kernel(Tail<T> t, SnDivider<Index> positions, T *partial, bool in_shared) {
  __shared__ double shared[SN_WARP];
  SN_DYNAMIC_SHARED(T, sums);
  T *own = in_shared ? sums : partial + (int64_t)blockIdx.x * t.count; /* each thread has elements of its own */
  for (int64_t i = threadIdx.x; i < t.count; i += blockDim.x) own[i] = 0;
  int64_t first = (int64_t)blockIdx.x * CHANNELS, end = min(first + CHANNELS, t.channels);
  for (int64_t channel = first; channel < end; channel++) {
    set_statistics(t, positions, channel, shared);
    T mean = t.mean[channel], r = t.inverse_std[channel], weight = t.weight[channel], bias = t.bias[channel];
    T projection = t.projection[channel];
    for (int64_t i = threadIdx.x; i < t.count; i += blockDim.x) {
      T h = weight * ((t.x[place_of(t, positions, channel, i)] - mean) * r) + bias;
      own[i] += projection * (h > 0 ? h : t.slope * h);
    }
  }
  if (!in_shared) return;
  for (int64_t i = threadIdx.x; i < t.count; i += blockDim.x) partial[(int64_t)blockIdx.x * t.count + i] = own[i];
}

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    add_kernel(const T *__restrict__ partial, T *__restrict__ y, int64_t count, int64_t blocks) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    SnSum<T> sum;
    for (int64_t b = 0; b < blocks; b++) sum.add(partial[b * count + i]);
    y[i] = (T)sum.value();
  }
}

/* ---- backward ---- */

template <typename Index, typename T>
__global__ void __launch_bounds__(MOST_THREADS) backward_kernel(Tail<T> t, SnDivider<Index> positions) {
  __shared__ double shared[SN_WARP];
  for (int64_t channel = blockIdx.x; channel < t.channels; channel += gridDim.x) {
    T mean = t.mean[channel], r = t.inverse_std[channel], weight = t.weight[channel], bias = t.bias[channel];
    T positive = t.projection[channel], negative = positive * t.slope;
    SnSum<T> dweights, dbiases, dprojections;
    for (int64_t i = threadIdx.x; i < t.count; i += blockDim.x) {
      T xhat = (t.x[place_of(t, positions, channel, i)] - mean) * r, h = weight * xhat + bias, g = t.dy[i];
      T dh = g * (h > 0 ? positive : negative);
      dprojections.add(g * (h > 0 ? h : t.slope * h));
      dbiases.add(dh);
      dweights.add(dh * xhat);
    }
    double dweight = sn_block_reduce<SnAdd>(dweights.value(), shared);
    double dbias = sn_block_reduce<SnAdd>(dbiases.value(), shared);
    double dprojection = sn_block_reduce<SnAdd>(dprojections.value(), shared);
    if (threadIdx.x == 0) {
      t.dweight[channel] = (T)dweight;
      t.dbias[channel] = (T)dbias;
      t.dprojection[channel] = (T)dprojection;
    }
    T mean_dweight = (T)(dweight / (double)t.count), mean_dbias = (T)(dbias / (double)t.count), scale = weight * r;
    for (int64_t i = threadIdx.x; i < t.count; i += blockDim.x) {
      int64_t place = place_of(t, positions, channel, i);
      T xhat = (t.x[place] - mean) * r, h = weight * xhat + bias;
      t.dx[place] = scale * (t.dy[i] * (h > 0 ? positive : negative) - mean_dbias - xhat * mean_dweight);
    }
  }
}

/* ---- launches ---- */

template <typename T>
Tail<T> tail_of(const SnArray *x, const SnCall *call) {
  Tail<T> t = {};
  t.channels = x->shape[1];
  t.positions = x->shape[2];
  t.count = x->shape[0] * x->shape[2];
  t.x = sn_data<const T>(x);
  t.eps = call->attributes.batch_norm_leaky_linear.eps;
  t.momentum = call->attributes.batch_norm_leaky_linear.momentum;
  t.slope = (T)call->attributes.batch_norm_leaky_linear.slope;
  return t;
}

unsigned threads_of(int64_t count) {
  return (unsigned)min(max(sn_divide_up(count, SN_WARP), (int64_t)1) * SN_WARP, MOST_THREADS);
}

template <typename Index, typename T>
bool forward(const Tail<T> &t) {
  int64_t blocks = sn_divide_up(t.channels, CHANNELS);
  size_t bytes = (size_t)t.count * sizeof(T);
  T *partial = static_cast<T *>(sn_cuda_scratch((size_t)blocks * bytes + 1));
  if (!partial) return false;
  bool in_shared = bytes <= SHARED - SN_WARP * sizeof(double);
  if (blocks > 0)
    SN_LAUNCH((forward_kernel<Index, T>), (unsigned)blocks, threads_of(t.count), in_shared ? bytes : 0,
              sn_cuda_stream(), t, SnDivider<Index>(t.positions), partial, in_shared);
  SN_LAUNCH((add_kernel<T>), sn_cuda_grid(t.count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), partial, t.y, t.count,
            blocks);
  return sn_cuda_launched("batch_norm_leaky_linear");
}

template <typename T>
bool run_forward(const SnCall *call) {
  Tail<T> t = tail_of<T>(call->in[0], call);
  t.weight = sn_data<const T>(call->in[1]);
  t.bias = sn_data<const T>(call->in[2]);
  t.projection = sn_data<const T>(call->in[3]);
  t.running_mean = sn_data<T>(call->in[4]);
  t.running_var = sn_data<T>(call->in[5]);
  t.y = sn_data<T>(call->out[0]);
  t.mean = sn_data<T>(call->out[1]);
  t.inverse_std = t.mean + t.channels;
  if (t.count == 0) return true;
  return sn_is_small(t.count) ? forward<uint32_t, T>(t) : forward<int64_t, T>(t);
}

template <typename Index, typename T>
bool backward(const Tail<T> &t) {
  SN_LAUNCH((backward_kernel<Index, T>), sn_cuda_grid(t.channels, 1), threads_of(t.count), 0, sn_cuda_stream(), t,
            SnDivider<Index>(t.positions));
  return sn_cuda_launched("batch_norm_leaky_linear_backward");
}

template <typename T>
bool run_backward(const SnCall *call) {
  Tail<T> t = tail_of<T>(call->in[1], call);
  t.dy = sn_data<const T>(call->in[0]);
  t.weight = sn_data<const T>(call->in[2]);
  t.bias = sn_data<const T>(call->in[3]);
  t.projection = sn_data<const T>(call->in[4]);
  t.mean = sn_data<T>(call->in[5]);
  t.inverse_std = t.mean + t.channels;
  t.dx = sn_data<T>(call->out[0]);
  t.dweight = sn_data<T>(call->out[1]);
  t.dbias = t.dweight + t.channels;
  t.dprojection = t.dbias + t.channels;
  if (t.channels == 0) return true;
  return sn_is_small(t.count) ? backward<uint32_t, T>(t) : backward<int64_t, T>(t);
}

}  // namespace

bool sn_cuda_batch_norm_leaky_linear(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_batch_norm_leaky_linear_backward(const SnCall *call) {
  return SN_BY_DTYPE(call->in[1], run_backward, call);
}
