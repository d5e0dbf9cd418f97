/* softmax and log_softmax of rows. A block a row; what is read more than once comes from the cache. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/reduce.cuh"

namespace {

constexpr int64_t PER_THREAD = 4;

/* LOG: y = x - log(sum e^x), else y = e^x / sum e^x, of x less the row's largest number. */
template <typename T, bool LOG>
__global__ void forward_kernel(const T *__restrict__ x, T *__restrict__ y, int64_t rows, int64_t columns) {
  __shared__ double shared[SN_WARP];
  for (int64_t r = blockIdx.x; r < rows; r += gridDim.x) {
    const T *from = x + r * columns;
    double own = -INFINITY;
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) own = SnLarger::both(own, (double)from[c]);
    T max = (T)sn_block_reduce<SnLarger>(own, shared);
    SnSum<T> sum;
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) sum.add(exp(from[c] - max));
    double total = sn_block_reduce<SnAdd>(sum.value(), shared);
    T scale = (T)(LOG ? log(total) : 1 / total);
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x)
      y[r * columns + c] = LOG ? from[c] - max - scale : exp(from[c] - max) * scale;
  }
}

/* LOG: dx = dy - e^y sum(dy), else dx = y (dy - sum(y dy)). */
template <typename T, bool LOG>
__global__ void backward_kernel(const T *__restrict__ y, const T *__restrict__ dy, T *__restrict__ dx, int64_t rows,
                                int64_t columns) {
  __shared__ double shared[SN_WARP];
  for (int64_t r = blockIdx.x; r < rows; r += gridDim.x) {
    const T *row = y + r * columns, *gradient = dy + r * columns;
    SnSum<T> own;
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) own.add(LOG ? gradient[c] : row[c] * gradient[c]);
    T sum = (T)sn_block_reduce<SnAdd>(own.value(), shared);
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x)
      dx[r * columns + c] = LOG ? gradient[c] - exp(row[c]) * sum : row[c] * (gradient[c] - sum);
  }
}

int threads_of(int64_t columns) {
  int64_t warps = sn_divide_up(columns, SN_WARP * PER_THREAD);
  return (int)min(max(warps, (int64_t)1), (int64_t)(SN_BLOCK / SN_WARP)) * SN_WARP;
}

template <typename T, bool LOG>
bool forward(const SnCall *call) {
  const SnArray *x = call->in[0];
  int64_t rows = x->shape[0], columns = x->shape[1];
  if (rows == 0 || columns == 0) return true;
  SN_LAUNCH((forward_kernel<T, LOG>), sn_cuda_grid(rows, 1), (unsigned)threads_of(columns), 0, sn_cuda_stream(),
            sn_data<const T>(x), sn_data<T>(call->out[0]), rows, columns);
  return sn_cuda_launched("softmax");
}

template <typename T, bool LOG>
bool backward(const SnCall *call) {
  const SnArray *y = call->in[0];
  int64_t rows = y->shape[0], columns = y->shape[1];
  if (rows == 0 || columns == 0) return true;
  SN_LAUNCH((backward_kernel<T, LOG>), sn_cuda_grid(rows, 1), (unsigned)threads_of(columns), 0, sn_cuda_stream(),
            sn_data<const T>(y), sn_data<const T>(call->in[1]), sn_data<T>(call->out[0]), rows, columns);
  return sn_cuda_launched("softmax_backward");
}

template <typename T>
bool run_softmax(const SnCall *call) {
  return forward<T, false>(call);
}
template <typename T>
bool run_softmax_backward(const SnCall *call) {
  return backward<T, false>(call);
}
template <typename T>
bool run_log_softmax(const SnCall *call) {
  return forward<T, true>(call);
}
template <typename T>
bool run_log_softmax_backward(const SnCall *call) {
  return backward<T, true>(call);
}

}  // namespace

bool sn_cuda_softmax(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_softmax, call); }

bool sn_cuda_softmax_backward(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_softmax_backward, call); }

bool sn_cuda_log_softmax(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_log_softmax, call); }

bool sn_cuda_log_softmax_backward(const SnCall *call) {
  return SN_BY_DTYPE(call->out[0], run_log_softmax_backward, call);
}
