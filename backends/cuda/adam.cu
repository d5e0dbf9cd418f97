/* One step of Adam or AdamW (backends/reference/adam.c). Bytes moved: seven times the parameters', four of them read.
 */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

/* The step's constants, rounded once. */
template <typename T>
struct Adam {
  T shrink, decay, beta1, beta2, rest1, rest2, step_size, root_scale, eps;
  const T *gradient;
  T *parameter, *first_moment, *second_moment;
  int64_t count;
};

/* step_size and root_scale undo the bias of the moments towards their beginning. */
template <typename T>
__host__ __device__ __forceinline__ void correct_bias(Adam<T> *a, const SnAdamStep &step, double count) {
  a->step_size = (T)(step.learning_rate / (1 - pow(step.beta1, count)));
  a->root_scale = (T)(1 / sqrt(1 - pow(step.beta2, count)));
}

template <typename T>
__device__ __forceinline__ void take_step(const Adam<T> &a, T gradient, T *parameter, T *first, T *second) {
  T p = *parameter, g = gradient + a.decay * p;
  T m = a.beta1 * *first + a.rest1 * g, v = a.beta2 * *second + a.rest2 * (g * g);
  *first = m;
  *second = v;
  *parameter = a.shrink * p - a.step_size * m / (sqrt(v) * a.root_scale + a.eps);
}

/* A recorded step counts by the clock: one thread of each block works out the constants that depend on it. */
template <typename T, int N>
__global__ void __launch_bounds__(SN_BLOCK) adam_kernel(Adam<T> a, SnAdamStep step, const SnClock *clock) {
  typedef SnPack<T, N> Pack;
  __shared__ T corrections[2];
  if (clock) {
    if (threadIdx.x == 0) {
      correct_bias(&a, step, (double)(step.step + clock->step));
      corrections[0] = a.step_size;
      corrections[1] = a.root_scale;
    }
    __syncthreads();
    a.step_size = corrections[0];
    a.root_scale = corrections[1];
  }
  for (int64_t i = sn_first_piece() * N; i < a.count; i += sn_piece_step() * N) {
    if (a.count - i < N) {
      for (int64_t j = i; j < a.count; j++)
        take_step(a, a.gradient[j], &a.parameter[j], &a.first_moment[j], &a.second_moment[j]);
      continue;
    }
    Pack gradient = *reinterpret_cast<const Pack *>(a.gradient + i), p = *reinterpret_cast<Pack *>(a.parameter + i);
    Pack m = *reinterpret_cast<Pack *>(a.first_moment + i), v = *reinterpret_cast<Pack *>(a.second_moment + i);
#pragma unroll
    for (int k = 0; k < N; k++) take_step(a, gradient.at[k], &p.at[k], &m.at[k], &v.at[k]);
    *reinterpret_cast<Pack *>(a.parameter + i) = p;
    *reinterpret_cast<Pack *>(a.first_moment + i) = m;
    *reinterpret_cast<Pack *>(a.second_moment + i) = v;
  }
}

template <typename T>
bool run_adam(const SnCall *call) {
  const SnAdamStep &step = call->attributes.adam;
  constexpr int N = sn_pack_size<T>();
  Adam<T> a = {};
  a.shrink = (T)(step.decoupled ? 1 - step.learning_rate * step.weight_decay : 1);
  a.decay = (T)(step.decoupled ? 0 : step.weight_decay);
  a.beta1 = (T)step.beta1;
  a.beta2 = (T)step.beta2;
  a.rest1 = (T)(1 - step.beta1);
  a.rest2 = (T)(1 - step.beta2);
  a.eps = (T)step.eps;
  a.gradient = sn_data<const T>(call->in[0]);
  a.parameter = sn_data<T>(call->out[0]);
  a.first_moment = sn_data<T>(call->out[1]);
  a.second_moment = sn_data<T>(call->out[2]);
  a.count = sn_array_count(call->out[0]);
  if (a.count == 0) return true;
  correct_bias(&a, step, (double)step.step);
  const SnClock *clock = sn_cuda_clock();
  if (sn_is_aligned(a.gradient, 16) && sn_is_aligned(a.parameter, 16) && sn_is_aligned(a.first_moment, 16) &&
      sn_is_aligned(a.second_moment, 16))
    SN_LAUNCH((adam_kernel<T, N>), sn_cuda_grid(a.count, SN_BLOCK * N), SN_BLOCK, 0, sn_cuda_stream(), a, step, clock);
  else
    SN_LAUNCH((adam_kernel<T, 1>), sn_cuda_grid(a.count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), a, step, clock);
  return sn_cuda_launched("adam");
}

}  // namespace

bool sn_cuda_adam(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_adam, call); }
