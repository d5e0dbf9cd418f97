/* The textbook is backends/reference/whitening.c. A block of threads takes a position after the other, in float64, with
 * memory for U = L^T and W = L^-1 of its own. U row by row, its columns shared out; W by columns, each a thread's. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

struct Sizes {
  int64_t images, positions, size, image_step, position_step, channel_step;
  double shift;
};

template <typename T>
__device__ void find_mean(const T *x, T *mean, double *centre, const Sizes &s) {
  for (int64_t c = threadIdx.x; c < s.size; c += blockDim.x) {
    double sum = 0;
    for (int64_t n = 0; n < s.images; n++) sum += (double)x[n * s.image_step + c * s.channel_step];
    centre[c] = sum / (double)s.images;
    mean[c] = (T)centre[c];
  }
  __syncthreads();
}

template <typename T>
__device__ void factorise(const T *x, const double *centre, double *u, const Sizes &s) {
  for (int64_t i = 0; i < s.size; i++) {
    for (int64_t j = i + threadIdx.x; j < s.size; j += blockDim.x) {
      double sum = 0;
      for (int64_t n = 0; n < s.images; n++) {
        const T *row = x + n * s.image_step;
        sum += ((double)row[i * s.channel_step] - centre[i]) * ((double)row[j * s.channel_step] - centre[j]);
      }
      double rest = sum / (double)(s.images - 1) + (i == j ? s.shift : 0);
      for (int64_t k = 0; k < i; k++) rest -= u[k * s.size + i] * u[k * s.size + j];
      u[i * s.size + j] = rest;
    }
    __syncthreads();
    double pivot = u[i * s.size + i], root = pivot > 0 ? sqrt(pivot) : NAN;
    __syncthreads();
    for (int64_t j = i + threadIdx.x; j < s.size; j += blockDim.x)
      u[i * s.size + j] = j == i ? root : u[i * s.size + j] / root;
    __syncthreads();
  }
}

__device__ void invert(const double *u, double *w, const Sizes &s) {
  for (int64_t j = threadIdx.x; j < s.size; j += blockDim.x)
    for (int64_t i = j; i < s.size; i++) {
      double rest = i == j;
      for (int64_t k = j; k < i; k++) rest -= u[k * s.size + i] * w[k * s.size + j];
      w[i * s.size + j] = rest / u[i * s.size + i];
    }
  __syncthreads();
}

template <typename T>
__global__ void whiten(const T *x, T *mean, T *w, double *memory, Sizes s) {
  double *u = memory + blockIdx.x * (2 * s.size * s.size + s.size), *inverse = u + s.size * s.size;
  double *centre = inverse + s.size * s.size;
  for (int64_t p = blockIdx.x; p < s.positions; p += gridDim.x) {
    const T *own = x + p * s.position_step;
    find_mean(own, mean + p * s.size, centre, s);
    factorise(own, centre, u, s);
    invert(u, inverse, s);
    bool is_positive = u[s.size * s.size - 1] > 0;
    for (int64_t e = threadIdx.x; e < s.size * s.size; e += blockDim.x)
      w[p * s.size * s.size + e] = !is_positive ? (T)NAN : e % s.size <= e / s.size ? (T)inverse[e] : (T)0;
    __syncthreads();
  }
}

/* As many positions at a time as fill a card, and no more memory than needed. */
template <typename T>
bool run(const SnCall *call) {
  constexpr int64_t AT_ONCE = 264;
  const SnArray *x = call->in[0];
  Sizes s = {x->shape[0],
             x->shape[1],
             x->shape[2],
             x->stride[0],
             x->stride[1],
             x->stride[2],
             call->attributes.whitening.shift};
  int64_t blocks = s.positions < AT_ONCE ? s.positions : AT_ONCE;
  if (s.positions == 0 || s.size == 0) return true;
  double *memory = (double *)sn_cuda_scratch((size_t)(blocks * (2 * s.size * s.size + s.size)) * sizeof(double));
  if (!memory) return false;
  SN_LAUNCH(whiten<T>, (unsigned)blocks, SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(x), sn_data<T>(call->out[0]),
            sn_data<T>(call->out[1]), memory, s);
  return sn_cuda_launched("whitening");
}

}  // namespace

bool sn_cuda_whitening(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run, call); }
