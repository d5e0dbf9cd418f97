/* The place of each row's first largest number. A block a row: each thread looks at every blockDim.x-th number, and the
 * threads' places are compared in pairs. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

/* a before b: larger, or NaN, or as large and further to the front. */
template <typename T>
__device__ __forceinline__ bool is_before(T a, int64_t a_place, T b, int64_t b_place) {
  bool a_nan = a != a, b_nan = b != b;
  if (a_nan || b_nan) return a_nan && (!b_nan || a_place < b_place);
  return a > b || (a == b && a_place < b_place);
}

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    argmax_kernel(const T *__restrict__ x, int64_t *__restrict__ index, int64_t rows, int64_t columns) {
  __shared__ int64_t places[SN_BLOCK];
  for (int64_t r = blockIdx.x; r < rows; r += gridDim.x) {
    const T *row = x + r * columns;
    int64_t best = min((int64_t)threadIdx.x, columns - 1);
    for (int64_t c = threadIdx.x; c < columns; c += SN_BLOCK)
      if (is_before(row[c], c, row[best], best)) best = c;
    __syncthreads();
    places[threadIdx.x] = best;
    for (int step = SN_BLOCK / 2; step > 0; step /= 2) {
      __syncthreads();
      if ((int)threadIdx.x >= step) continue;
      int64_t other = places[(int)threadIdx.x + step];
      if (is_before(row[other], other, row[best], best)) places[threadIdx.x] = best = other;
    }
    if (threadIdx.x == 0) index[r] = r * columns + best;
  }
}

template <typename T>
bool run(const SnCall *call) {
  const SnArray *x = call->in[0];
  if (x->shape[0] == 0) return true;
  SN_LAUNCH((argmax_kernel<T>), sn_cuda_grid(x->shape[0], 1), SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(x),
            sn_data<int64_t>(call->out[0]), x->shape[0], x->shape[1]);
  return sn_cuda_launched("flat_argmax");
}

}  // namespace

bool sn_cuda_flat_argmax(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run, call); }
