/* Random numbers with the processor's bits: the functions of philox.h, in a file compiled without contraction. A thread
 * makes the four numbers of a Philox block. Bytes moved: the result, once. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"
#include "backends/philox.h"

namespace {

/* Normals: first + second z. Uniforms: first + (second - first) u, and `last` where that rounds up to second. */
template <typename T>
struct Range {
  T first, second, last;
};

template <typename T>
__device__ __forceinline__ void make_normals(const SnPhilox &bits, const Range<T> &range, T number[4]) {
  float z[4];
  sn_normal_pair(bits.word[0], bits.word[1], &z[0], &z[1]);
  sn_normal_pair(bits.word[2], bits.word[3], &z[2], &z[3]);
#pragma unroll
  for (int k = 0; k < 4; k++) number[k] = range.first + range.second * (T)z[k];
}

template <typename T>
__device__ __forceinline__ void make_uniforms(const SnPhilox &bits, const Range<T> &range, T number[4]) {
#pragma unroll
  for (int k = 0; k < 4; k++) {
    T value = range.first + (range.second - range.first) * (T)sn_uniform_from_bits(bits.word[k]);
    number[k] = value < range.second ? value : range.last;
  }
}

template <typename T, bool NORMAL>
__global__ void __launch_bounds__(SN_BLOCK) random_kernel(SnRandom random, const SnClock *clock, Range<T> range,
                                                          T *__restrict__ y, int64_t count, bool aligned) {
  uint32_t step = random.step + (clock ? (uint32_t)clock->step : 0);
  for (int64_t b = sn_first_piece(); b * 4 < count; b += sn_piece_step()) {
    SnPhilox bits = sn_philox(random.seed, random.stream, step, random.offset / 4 + (uint64_t)b);
    SnPack<T, 4> pack;
    if (NORMAL)
      make_normals(bits, range, pack.at);
    else
      make_uniforms(bits, range, pack.at);
    T *to = y + b * 4;
    if (aligned && count - b * 4 >= 4)
      *reinterpret_cast<SnPack<T, 4> *>(to) = pack;
    else
      for (int k = 0; k < 4 && b * 4 + k < count; k++) to[k] = pack.at[k];
  }
}

float before(float high, float low) { return nextafterf(high, low); }
double before(double high, double low) { return nextafter(high, low); }

template <typename T, bool NORMAL>
bool fill(const SnCall *call) {
  const SnArray *y = call->out[0];
  const SnRandom *random = &call->attributes.random;
  int64_t count = sn_array_count(y);
  if (count == 0) return true;
  Range<T> range = {(T)random->a, (T)random->b, before((T)random->b, (T)random->a)};
  SN_LAUNCH((random_kernel<T, NORMAL>), sn_cuda_grid(count, SN_BLOCK * 4), SN_BLOCK, 0, sn_cuda_stream(), *random,
            sn_cuda_clock(), range, sn_data<T>(y), count, sn_is_aligned(y->data, sizeof(SnPack<T, 4>)));
  return sn_cuda_launched("random");
}

template <typename T>
bool run_normal(const SnCall *call) {
  return fill<T, true>(call);
}

template <typename T>
bool run_uniform(const SnCall *call) {
  return fill<T, false>(call);
}

}  // namespace

bool sn_cuda_normal(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_normal, call); }

bool sn_cuda_uniform(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_uniform, call); }
