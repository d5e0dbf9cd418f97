/* Sums and maxima over threads, always in the same order. */
#ifndef SN_BACKENDS_CUDA_REDUCE_CUH
#define SN_BACKENDS_CUDA_REDUCE_CUH

#include "backends/cuda/element.cuh"

/* A sum in double precision of numbers that come one by one: float32 ones are added up in float32 first, few at a time,
 * since many cards are slow at double precision. */
template <typename T>
struct SnSum {
  double total;
  __device__ __forceinline__ SnSum() : total(0) {}
  __device__ __forceinline__ void add(T x) { total += x; }
  __device__ __forceinline__ double value() const { return total; }
};

template <>
struct SnSum<float> {
  static constexpr int PIECE = 32;
  double total;
  float piece;
  int count;
  __device__ __forceinline__ SnSum() : total(0), piece(0), count(0) {}
  __device__ __forceinline__ void add(float x) {
    piece += x;
    if (++count < PIECE) return;
    total += (double)piece;
    piece = 0;
    count = 0;
  }
  __device__ __forceinline__ double value() const { return total + (double)piece; }
};

struct SnAdd {
  static __device__ __forceinline__ double none() { return 0; }
  static __device__ __forceinline__ double both(double a, double b) { return a + b; }
};

/* NaN is larger than any number. */
struct SnLarger {
  static __device__ __forceinline__ double none() { return -INFINITY; }
  static __device__ __forceinline__ double both(double a, double b) { return b <= a || isnan(a) ? a : b; }
};

/* Over the lanes of a warp; every lane gets the result. */
template <typename Operation>
static __device__ __forceinline__ double sn_warp_reduce(double value) {
#pragma unroll
  for (int bits = SN_WARP / 2; bits > 0; bits /= 2)
    value = Operation::both(value, __shfl_xor_sync(SN_ALL_LANES, value, bits));
  return value;
}

/* Over a block of whole warps of threads in one dimension; every thread gets the result. `shared` has capacity for 32. All
 * threads take part, and may use `shared` again only after a barrier; the function begins with one. */
template <typename Operation>
static __device__ __forceinline__ double sn_block_reduce(double value, double *shared) {
  int lane = (int)threadIdx.x % SN_WARP, warp = (int)threadIdx.x / SN_WARP, warps = (int)blockDim.x / SN_WARP;
  value = sn_warp_reduce<Operation>(value);
  __syncthreads();
  if (lane == 0) shared[warp] = value;
  __syncthreads();
  return sn_warp_reduce<Operation>(lane < warps ? shared[lane] : Operation::none());
}

#endif
