/* Formulas: backends/reference/batch_norm_leaky_linear.c. A block takes a few channels, one after the
 * other, and reads each once from memory: what is read again, for the elements after the statistics, comes from the
 * first-level cache (25 KB a channel fit). Bytes moved forward: x once, and 1 / CHANNELS of it written and read for the
 * sums over channels, which a second kernel adds in block order. Backward: x once, dx once, dy from the cache. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/reduce.cuh"

namespace {

/* Of a block. */
constexpr int CHANNELS = 4;
constexpr int64_t MAX_THREADS = 512;
/* Results that a block adds up in shared memory; of more, in its part of the scratch memory. */
constexpr size_t SHARED = 48 << 10;

template <typename T>
struct Work {
  int64_t channels, positions; /* C, S */
  const T *x, *weight, *bias, *projection, *dy;
  T *running_mean, *running_var, *mean, *inverse_std, *y, *dx, *dweight, *dbias, *dprojection;
  double eps, momentum;
  T slope;
};

/* ---- forward ---- */

template <typename T>
__device__ __forceinline__ void set_statistics(const Work<T> &t, int64_t channel, double *shared) {
  const T *z = t.x + channel * t.positions, *e = z + t.channels * t.positions;
  T centre = *z; /* a large mean costs no digits */
  SnSum<T> deviations, squares;
  for (int64_t i = threadIdx.x; i < t.positions; i += blockDim.x) {
    T deviation = z[i] - centre, moved_deviation = deviation + e[i];
    deviations.add(deviation + moved_deviation);
    squares.add(deviation * deviation + moved_deviation * moved_deviation);
  }
  double sum = sn_block_reduce<SnAdd>(deviations.value(), shared);
  double square_sum = sn_block_reduce<SnAdd>(squares.value(), shared);
  if (threadIdx.x == 0) {
    double count = 2 * (double)t.positions, shift = sum / count, rest = square_sum / count - shift * shift;
    double mean = (double)centre + shift, variance = rest < 0 ? 0 : rest, m = t.momentum; /* NaN stays */
    t.running_mean[channel] = (T)((1 - m) * (double)t.running_mean[channel] + m * mean);
    t.running_var[channel] = (T)((1 - m) * (double)t.running_var[channel] + m * variance * count / (count - 1));
    t.mean[channel] = (T)mean;
    t.inverse_std[channel] = (T)(1 / sqrt(variance + t.eps));
  }
  __syncthreads();
}

template <typename T>
__global__ void __launch_bounds__(MAX_THREADS) forward_kernel(Work<T> t, T *partial, bool in_shared) {
  __shared__ double shared[SN_WARP];
  SN_DYNAMIC_SHARED(T, sums);
  int64_t count = 2 * t.positions;
  T *own = in_shared ? sums : partial + (int64_t)blockIdx.x * count; /* each thread has elements of its own */
  T *own_moved = own + t.positions;
  for (int64_t i = threadIdx.x; i < t.positions; i += blockDim.x) own[i] = own_moved[i] = 0;
  int64_t first = (int64_t)blockIdx.x * CHANNELS, end = min(first + CHANNELS, t.channels);
  for (int64_t channel = first; channel < end; channel++) {
    set_statistics(t, channel, shared);
    const T *z = t.x + channel * t.positions, *e = z + t.channels * t.positions;
    T mean = t.mean[channel], r = t.inverse_std[channel], weight = t.weight[channel], bias = t.bias[channel];
    T projection = t.projection[channel];
    for (int64_t i = threadIdx.x; i < t.positions; i += blockDim.x) {
      T h = weight * ((z[i] - mean) * r) + bias, h_moved = weight * ((z[i] + e[i] - mean) * r) + bias;
      own[i] += projection * (h > 0 ? h : t.slope * h);
      own_moved[i] += projection * (h_moved > 0 ? h_moved : t.slope * h_moved);
    }
  }
  if (!in_shared) return;
  for (int64_t i = threadIdx.x; i < t.positions; i += blockDim.x) {
    partial[(int64_t)blockIdx.x * count + i] = own[i];
    partial[(int64_t)blockIdx.x * count + t.positions + i] = own_moved[i];
  }
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

template <typename T>
__global__ void __launch_bounds__(MAX_THREADS) backward_kernel(Work<T> t) {
  __shared__ double shared[SN_WARP];
  for (int64_t channel = blockIdx.x; channel < t.channels; channel += gridDim.x) {
    const T *z = t.x + channel * t.positions, *e = z + t.channels * t.positions;
    T mean = t.mean[channel], r = t.inverse_std[channel], weight = t.weight[channel], bias = t.bias[channel];
    T positive = t.projection[channel], negative = positive * t.slope;
    SnSum<T> dweights, dbiases, dprojections;
    for (int64_t i = threadIdx.x; i < t.positions; i += blockDim.x)
      for (int moved = 0; moved < 2; moved++) {
        T hat = ((moved ? z[i] + e[i] : z[i]) - mean) * r, h = weight * hat + bias, g = t.dy[moved * t.positions + i];
        T dh = g * (h > 0 ? positive : negative);
        dprojections.add(g * (h > 0 ? h : t.slope * h));
        dbiases.add(dh);
        dweights.add(dh * hat);
      }
    double dweight = sn_block_reduce<SnAdd>(dweights.value(), shared);
    double dbias = sn_block_reduce<SnAdd>(dbiases.value(), shared);
    double dprojection = sn_block_reduce<SnAdd>(dprojections.value(), shared);
    if (threadIdx.x == 0) {
      t.dweight[channel] = (T)dweight;
      t.dbias[channel] = (T)dbias;
      t.dprojection[channel] = (T)dprojection;
    }
    double count = 2 * (double)t.positions;
    T mean_dweight = (T)(dweight / count), mean_dbias = (T)(dbias / count), scale = weight * r;
    T *dz = t.dx + channel * t.positions, *de = dz + t.channels * t.positions;
    for (int64_t i = threadIdx.x; i < t.positions; i += blockDim.x) {
      T d[2];
      for (int moved = 0; moved < 2; moved++) {
        T hat = ((moved ? z[i] + e[i] : z[i]) - mean) * r, h = weight * hat + bias;
        d[moved] = t.dy[moved * t.positions + i] * (h > 0 ? positive : negative) - mean_dbias - hat * mean_dweight;
      }
      dz[i] = scale * (d[0] + d[1]);
      de[i] = scale * d[1];
    }
  }
}

/* ---- launches ---- */

template <typename T>
Work<T> work_of(const SnArray *x, const SnCall *call) {
  Work<T> t = {};
  t.channels = x->shape[1];
  t.positions = x->shape[2];
  t.x = sn_data<const T>(x);
  t.eps = call->attributes.batch_norm_leaky_linear.eps;
  t.momentum = call->attributes.batch_norm_leaky_linear.momentum;
  t.slope = (T)call->attributes.batch_norm_leaky_linear.slope;
  return t;
}

unsigned threads_of(int64_t positions) {
  return (unsigned)min(max(sn_divide_up(positions, SN_WARP), (int64_t)1) * SN_WARP, MAX_THREADS);
}

template <typename T>
bool run_forward(const SnCall *call) {
  Work<T> t = work_of<T>(call->in[0], call);
  t.weight = sn_data<const T>(call->in[1]);
  t.bias = sn_data<const T>(call->in[2]);
  t.projection = sn_data<const T>(call->in[3]);
  t.running_mean = sn_data<T>(call->in[4]);
  t.running_var = sn_data<T>(call->in[5]);
  t.y = sn_data<T>(call->out[0]);
  t.mean = sn_data<T>(call->out[1]);
  t.inverse_std = t.mean + t.channels;
  int64_t count = 2 * t.positions, blocks = sn_divide_up(t.channels, CHANNELS);
  if (count == 0) return true;
  size_t bytes = (size_t)count * sizeof(T);
  T *partial = static_cast<T *>(sn_cuda_scratch((size_t)blocks * bytes + 1));
  if (!partial) return false;
  bool in_shared = bytes <= SHARED - SN_WARP * sizeof(double);
  if (blocks > 0)
    SN_LAUNCH((forward_kernel<T>), (unsigned)blocks, threads_of(t.positions), in_shared ? bytes : 0, sn_cuda_stream(),
              t, partial, in_shared);
  SN_LAUNCH((add_kernel<T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), partial, t.y, count, blocks);
  return sn_cuda_launched("batch_norm_leaky_linear");
}

template <typename T>
bool run_backward(const SnCall *call) {
  Work<T> t = work_of<T>(call->in[1], call);
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
  SN_LAUNCH((backward_kernel<T>), sn_cuda_grid(t.channels, 1), threads_of(t.positions), 0, sn_cuda_stream(), t);
  return sn_cuda_launched("batch_norm_leaky_linear_backward");
}

}  // namespace

bool sn_cuda_batch_norm_leaky_linear(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_batch_norm_leaky_linear_backward(const SnCall *call) {
  return SN_BY_DTYPE(call->in[1], run_backward, call);
}
